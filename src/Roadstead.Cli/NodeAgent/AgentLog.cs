using System.Globalization;

namespace Roadstead.Cli.NodeAgent;

/// <summary>What an agent tells whoever reads its output: one line for each thing that changes, none for what stays as it was.</summary>
internal sealed class AgentLog(TextWriter output, TimeProvider clock)
{
    private readonly Dictionary<string, string> _last = new(StringComparer.Ordinal);

    public void Say(string level, string message) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {level} {message}"));

    /// <summary>Says how something stands, if it stood otherwise before.</summary>
    /// <param name="what">What it is, as <c>server</c>.</param>
    public void Stands(string what, string level, string how)
    {
        if (_last.GetValueOrDefault(what) != how)
        {
            _last[what] = how;
            Say(level, $"{what}: {how}");
        }
    }
}
