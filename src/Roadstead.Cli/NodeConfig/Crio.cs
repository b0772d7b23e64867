namespace Roadstead.Cli.NodeConfig;

/// <summary>CRI-O, by the files of containers/image. crio.conf(5).</summary>
internal sealed class Crio : NodeRuntime
{
    public const string AuthFile = "/etc/crio/mirror-auth.json";

    /// <summary>A note for who puts the files in place by hand.</summary>
    public const string GlobalAuthFile = $"global_auth_file is read at CRI-O's start alone: restart it once. Where it names a file already, put the mirror's entry of {AuthFile} into that one instead.";

    public const string AuthDropIn = "/etc/crio/crio.conf.d/50-mirror.conf";

    public override string Name => "crio";

    public override string Description => "CRI-O: registries.conf drop-in";

    private protected override IEnumerable<PlanFault> Faults(MirrorPlan plan) => ContainersImage.Faults(plan);

    private protected override RuntimeConfiguration Configure(MirrorPlan plan) =>
        new([.. ContainersImage.Files(plan, Reload.Signal), .. Credential(plan)], [.. Notes(plan)], "crio");

    private static ConfigFile[] Credential(MirrorPlan plan) => plan.Credential is not { } credential ? [] :
    [
        new ConfigFile(AuthFile, AuthJson.For(plan.Mirror, credential), IsSecret: true),
        new ConfigFile(AuthDropIn, $"[crio.image]\nglobal_auth_file = {Toml.Quote(AuthFile)}\n", Reload.Restart),
    ];

    private static IEnumerable<string> Notes(MirrorPlan plan)
    {
        yield return "systemctl reload crio takes the drop-in up; containers go on. Its log then says \"Applied new registry configuration\".";
        foreach (var note in ContainersImage.Notes(plan))
        {
            yield return note;
        }

        if (plan.Credential is null)
        {
            yield break;
        }

        yield return GlobalAuthFile;
        yield return "The kubelet's pull secrets are for the registry's own host, so CRI-O never shows them to the mirror. For a credential of each namespace's own, roadstead node credentials --runtime crio prints what crio-credential-provider takes.";
    }
}
