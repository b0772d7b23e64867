namespace Roadstead.Cli.NodeConfig;

/// <summary>Podman, Buildah and Skopeo, by the files of containers/image.</summary>
internal sealed class Podman : NodeRuntime
{
    public const string AuthFile = "/root/.config/containers/auth.json";

    public override string Name => "podman";

    public override IReadOnlyList<string> Aliases => ["buildah", "skopeo"];

    public override string Description => "Podman: registries.conf drop-in";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan) => ContainersImage.Faults(plan);

    private protected override RuntimeConfiguration Configure(MirrorPlan plan) => new([.. ContainersImage.Files(plan, Reload.None), .. Credential(plan)], [.. Notes(plan)]);

    private static ConfigFile[] Credential(MirrorPlan plan) => plan.Credential is not { } credential ? []
        : [new ConfigFile(AuthFile, AuthJson.For(plan.Mirror, credential), Placement: Placement.Shared, IsSecret: true)];

    private static IEnumerable<string> Notes(MirrorPlan plan)
    {
        yield return "Podman, Buildah and Skopeo read the files at every start. A podman system service that runs must be restarted.";
        yield return "A user with a ~/.config/containers/registries.conf of their own reads none of /etc/containers.";
        foreach (var note in ContainersImage.Notes(plan))
        {
            yield return note;
        }

        if (plan.Credential is not null)
        {
            yield return $"auth.json is root's; another user runs podman login {plan.Mirror.Authority}.";
        }
    }
}
