using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>CRI-O: registries.conf, where its own configuration has it.</summary>
internal sealed class CrioCheck(NodeFiles files, MirrorPlan plan) : ConfigurationCheck
{
    public override string Looked => $"CRI-O's own configuration, {Registries([]).Looked}";

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var faults = new List<NodeFault>();
        var registries = Registries(faults);
        return faults.Select(fault => Broken(fault, "and does not start with it", "Correct it, and restart CRI-O.")).Concat(registries.Faults(place));
    }

    public override IEnumerable<VerifyCause> Breaches(MirrorPlace place) => Registries([]).Breaches(place);

    public override IEnumerable<string> Notes(MirrorPlace place) => Registries([]).Notes(place);

    public override (string Mirror, string Where)? Before(MirrorPlace place) => Registries([]).Before(place);

    private RegistriesConfCheck Registries(List<NodeFault> faults)
    {
        var conf = CrioConf.Read(files, faults);
        return new RegistriesConfCheck(files, plan, RegistriesConfPlaces.OfCrio(files, conf), conf.Word("signature_policy")?.Value);
    }
}
