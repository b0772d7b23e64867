using Roadstead.Cli.NodeVerify;
using Roadstead.Cli.Tests.NodeConfig;

namespace Roadstead.Cli.Tests.NodeVerify;

public sealed class EvidenceTests
{
    [Fact]
    public void No_secret_and_no_progress_is_shown()
    {
        var shown = Evidence.Of(
            $"Trying to pull docker.io/x...\n\x1b[31mError\x1b[0m: Get \"https://cdn.example/blob?X-Amz-Signature=51615161\": authorization: Basic {Plans.Credential.Base64}\npassword {Plans.Password} Bearer eyJhbGciOi.abc",
            Plans.Credential);
        Assert.Equal("Error: Get \"https://cdn.example/blob?…\": authorization: Basic …; password … Bearer …", shown);
    }

    [Fact]
    public void A_long_text_keeps_its_beginning_and_its_end()
    {
        var shown = Evidence.Of($"begin {new string('x', 5000)} end", null)!;
        Assert.True(shown.Length < 700);
        Assert.StartsWith("begin ", shown, StringComparison.Ordinal);
        Assert.EndsWith(" end", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_said_is_no_evidence() => Assert.Null(Evidence.Of("\n  \n", null));
}
