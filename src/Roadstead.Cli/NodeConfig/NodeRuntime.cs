namespace Roadstead.Cli.NodeConfig;

/// <summary>What pulls images on a node, and how it is told of a mirror.</summary>
public abstract class NodeRuntime
{
    // A node that starts while the mirror is away must still come up far enough to run the mirror.
    private const string Bootstrap = "While the mirror is away, nothing of these registries can be pulled: what the mirror itself needs to start (its image, the pause image, the network's) must be on the nodes or come from elsewhere.";

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
        if (faults.Length > 0)
        {
            return new RenderResult.Faulty(faults);
        }

        var configuration = Configure(plan);
        return new RenderResult.Rendered(plan.MirrorOnly ? configuration with { Notes = [.. configuration.Notes, Bootstrap] } : configuration);
    }

    /// <summary>What this runtime cannot do of a plan.</summary>
    private protected abstract IEnumerable<PlanFault> Faults(MirrorPlan plan);

    /// <summary>Of a plan without faults.</summary>
    private protected abstract RuntimeConfiguration Configure(MirrorPlan plan);
}
