namespace Roadstead.Cli.NodeConfig;

/// <summary>What pulls images on a node, and how it is told of a mirror.</summary>
public abstract class NodeRuntime
{
    /// <summary>As <c>--runtime</c> has it.</summary>
    public abstract string Name { get; }

    /// <summary>Other tools that read the same files, under whose names it is known too.</summary>
    public virtual IReadOnlyList<string> Aliases => [];

    /// <summary>One line for the list of runtimes.</summary>
    public abstract string Description { get; }

    /// <summary>Its configuration; every fault of the plan, if it has any.</summary>
    public RenderResult Render(MirrorPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        PlanFault[] faults = [.. PlanCheck.Faults(plan), .. Faults(plan)];
        return faults.Length > 0 ? new RenderResult.Faulty(faults) : new RenderResult.Rendered(Configure(plan));
    }

    /// <summary>What this runtime cannot do of a plan.</summary>
    private protected abstract IEnumerable<PlanFault> Faults(MirrorPlan plan);

    /// <summary>Of a plan without faults.</summary>
    private protected abstract RuntimeConfiguration Configure(MirrorPlan plan);
}
