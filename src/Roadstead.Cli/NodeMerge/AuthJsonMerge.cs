using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;

namespace Roadstead.Cli.NodeMerge;

/// <summary>The mirror's credential among those of others. containers-auth.json(5).</summary>
internal static class AuthJsonMerge
{
    private const string Consequence = "No credential in it is found while it is so. Mend it, then run this again.";

    public static void Into(Merge merge, ConfigFile file, MirrorCredential credential)
    {
        if (merge.Before.Text(file.Path) is not { } text)
        {
            merge.Put(file);
            return;
        }

        if (JsonFile.ReadToEdit(file.Path, text, merge.Faults, Consequence) is not { } json)
        {
            return;
        }

        if (json.Root.Member(AuthJsonFile.Auths) is { Members: null } wrong)
        {
            merge.Fault(file.Path, json.Line(wrong), $"auths must be an object, in braces. {Consequence}");
            return;
        }

        if (json.Root.Member("credHelpers")?.Member(merge.Plan.Mirror.Authority) is { } helper)
        {
            merge.Fault(file.Path, json.Line(helper), $"credHelpers names a program for {merge.Plan.Mirror.Authority}, which is asked instead of the credential that was given. Take that line out, or leave --username out.");
            return;
        }

        // What was shown to the mirror while it had another name.
        foreach (var former in json.Root.Member(AuthJsonFile.Auths)?.Members?.Select(member => member.Key).Where(key => key != merge.Plan.Mirror.Authority && merge.Ours.Has(key)).ToList() ?? [])
        {
            json = JsonFile.Read(file.Path, json.Remove(json.Root.Member(AuthJsonFile.Auths)!, former), merge.Faults, Consequence)!;
        }

        // Of an entry that is right already nothing is written anew.
        var known = AuthJsonFile.Entry(json, merge.Plan.Mirror.Authority);
        var isThere = known is not null && AuthJsonFile.Base64(known) == credential.Base64 && known.Members!.Count == 1;
        merge.Put(file, isThere ? json.Text : json.Set([AuthJsonFile.Auths, merge.Plan.Mirror.Authority], $"{{\n{json.Unit}\"auth\": {JsonFile.Quote(credential.Base64)}\n}}"));
    }
}
