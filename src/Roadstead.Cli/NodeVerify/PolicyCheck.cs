using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>What policy.json says of the image that is pulled. It goes by the registry's own name, whatever mirror the image comes from. containers-policy.json(5).</summary>
/// <param name="path">That is read; null: where the tools look for it.</param>
internal sealed class PolicyCheck(NodeFiles files, string? path)
{
    private const string Usual = $"{ContainersImage.Folder}/policy.json";
    private const string Own = "/root/.config/containers/policy.json";

    /// <summary>Why it keeps the image away; null: it does not, or is not there.</summary>
    /// <param name="image">In full, without a tag.</param>
    public VerifyCause? Fault(string image)
    {
        var place = path ?? (files.HasFile(Own) ? Own : Usual);
        if (files.Text(place) is not { } text)
        {
            return null;
        }

        var broken = new List<NodeFault>();
        if (JsonFile.Read(place, text, broken, "") is not { } json)
        {
            return new VerifyCause(CauseKind.ConfigurationBroken, $"The policy of signatures cannot be read ({broken[0].What}), which fails every pull of this node.", "Correct it.", $"{place}:{broken[0].Line}");
        }

        if (Requirements(json, image)?.Items?.FirstOrDefault(item => item.Member("type")?.String != "insecureAcceptAnything") is not { } kept)
        {
            return null;
        }

        var says = kept.Member("type")?.String == "reject" ? "rejects it" : $"wants it signed ({kept.Member("type")?.String}), which it is not";
        return new VerifyCause(CauseKind.PolicyRejects, $"The policy of signatures {says}: {image}, by which pulls are proved, never comes.",
            $"Let it pass: \"transports\": {{\"docker\": {{\"{image}\": [{{\"type\": \"insecureAcceptAnything\"}}]}}}} beside what the policy says of others.", $"{place}:{json.Line(kept)}");
    }

    /// <summary>Of the most particular name that the policy has.</summary>
    private static JsonSpan? Requirements(JsonFile json, string image)
    {
        var docker = json.Root.Member("transports")?.Member("docker");
        return Names(image).Select(name => docker?.Member(name)).FirstOrDefault(found => found is not null) ?? json.Root.Member("default");
    }

    private static IEnumerable<string> Names(string image)
    {
        var parts = image.Split('/');
        for (var count = parts.Length; count > 0; count--)
        {
            yield return string.Join('/', parts[..count]);
        }

        var host = parts[0].Split(':')[0].Split('.');
        for (var from = 1; from < host.Length; from++)
        {
            yield return $"*.{string.Join('.', host[from..])}";
        }

        yield return "";
    }
}
