using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>A short name for what a plan says: the same for every node that is to have the same.</summary>
internal static class PlanRevision
{
    private const int Digits = 12;

    public static string Of(MirrorPlan plan)
    {
        var text = JsonSerializer.Serialize(InstalledPlan.Of(plan), InstallRecordJson.Default.InstalledPlan);

        // Twelve digits of a hash give no password away that is worth the name, and a changed one is another plan.
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{text}\n{plan.Credential?.Base64}")))[..Digits];
    }
}
