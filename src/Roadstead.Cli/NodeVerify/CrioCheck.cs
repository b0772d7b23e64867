using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>CRI-O: registries.conf, where its own configuration has it.</summary>
internal sealed class CrioCheck(NodeFiles files, MirrorPlan plan) : ConfigurationCheck
{
    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var faults = new List<NodeFault>();
        var conf = CrioConf.Read(files, faults);
        return faults.Select(fault => Broken(fault, "and does not start with it", "Correct it, and restart CRI-O."))
            .Concat(new RegistriesConfCheck(files, plan, RegistriesConfPlaces.OfCrio(files, conf)).Faults(place));
    }
}
