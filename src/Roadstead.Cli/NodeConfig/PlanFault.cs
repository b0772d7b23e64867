namespace Roadstead.Cli.NodeConfig;

/// <summary>Why a plan cannot be rendered for a runtime.</summary>
/// <param name="Subject">The option, registry or project that it is about, as <c>--mirror-only</c> or <c>registry quay.io</c>.</param>
/// <param name="Message">What is wrong and what to do, in words that follow the subject and a colon.</param>
public sealed record PlanFault(string Subject, string Message)
{
    public override string ToString() => $"{Subject}: {Message}";
}

/// <summary>A runtime's configuration, or all that stands against it.</summary>
public abstract record RenderResult
{
    private RenderResult()
    {
    }

    public sealed record Rendered(RuntimeConfiguration Configuration) : RenderResult;

    public sealed record Faulty(IReadOnlyList<PlanFault> Faults) : RenderResult;
}
