using Roadstead.Oci;
using Roadstead.Oci.Client;

namespace Roadstead.Server.Projects;

/// <summary>What is known of whether an endpoint answers: it does as long as one of its URLs does.</summary>
public sealed class JointHealth(IReadOnlyList<EndpointHealth> urls)
{
    /// <inheritdoc cref="EndpointHealth.IsDown"/>
    public bool IsDown => urls.All(url => url.IsDown);

    /// <summary>Why nothing is asked of the first of them; null if any is asked.</summary>
    public UpstreamFault? Fault => !IsDown ? null : urls.Count == 0 ? Endpoint.CutOffFault : urls[0].Fault;

    /// <inheritdoc cref="EndpointHealth.Failing"/>
    public UpstreamFault? Failing => !IsDown && urls.All(url => url.IsDown || url.Failing is not null) ? urls.Select(url => url.Failing).FirstOrDefault(fault => fault is not null) : null;

    /// <inheritdoc cref="EndpointHealth.IsUnknown"/>
    public bool IsUnknown => urls.All(url => url.IsUnknown);

    /// <summary>How long it still asks not to be asked, and its words for that; null where a URL may be asked, or none ever will.</summary>
    public (TimeSpan Left, string Reason)? Resting
    {
        get
        {
            if (urls.Count == 1)
            {
                return urls[0].Resting;
            }

            var rests = urls.Where(url => !url.IsDown).Select(url => url.Resting).ToList();
            return rests.Count > 0 && rests.All(rest => rest is not null) ? rests.MinBy(rest => rest!.Value.Left) : null;
        }
    }

    /// <inheritdoc cref="EndpointHealth.IsInDoubt"/>
    public bool IsInDoubt(RepositoryName repository)
    {
        if (urls.Count == 1)
        {
            return urls[0].IsInDoubt(repository);
        }

        // Those that are down or rest keep nobody waiting.
        var asked = urls.Where(url => !url.IsDown && url.Resting is null).ToList();
        return asked.Count > 0 && asked.TrueForAll(url => url.IsInDoubt(repository));
    }

    /// <inheritdoc cref="EndpointHealth.AnsweredWithin"/>
    public bool AnsweredWithin(TimeSpan span, RepositoryName repository) => urls.Any(url => url.AnsweredWithin(span, repository));
}
