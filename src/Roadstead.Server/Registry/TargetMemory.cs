using System.Collections.Concurrent;
using Roadstead.Oci;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Registry;

/// <summary>What a request target means as long as the projects are what they are.</summary>
internal sealed record TargetMeaning(ProjectSnapshot Snapshot, OciPath Path, Route Route);

/// <summary>Remembers what targets mean that are asked for again and again: reading one takes longer than the rest of a request that is answered from memory.</summary>
internal sealed class TargetMemory
{
    private const int MostTargets = 4096;
    private const int MostLength = 512;

    private readonly ConcurrentDictionary<string, TargetMeaning> _known = new(StringComparer.Ordinal);

    /// <returns>Null if it is not remembered, or meant something else.</returns>
    public TargetMeaning? Find(string target, ProjectSnapshot snapshot)
    {
        if (!_known.TryGetValue(target, out var meaning))
        {
            return null;
        }

        if (meaning.Snapshot == snapshot)
        {
            return meaning;
        }

        // All of it is of projects that are no more.
        _known.Clear();
        return null;
    }

    public void Remember(string target, TargetMeaning meaning)
    {
        if (target.Length > MostLength)
        {
            return;
        }

        // Counting takes all of the table's locks, once for each target that is new.
        if (_known.Count >= MostTargets)
        {
            _known.Clear();
        }

        _known[target] = meaning;
    }
}
