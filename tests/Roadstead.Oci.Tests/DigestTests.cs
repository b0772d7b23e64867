using System.Text;

namespace Roadstead.Oci.Tests;

public class DigestTests
{
    private const string Empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void Hashes_content_by_either_algorithm()
    {
        Assert.Equal(Empty, Digest.Of([]).ToString());
        Assert.Equal(128, Digest.Of("x"u8, DigestAlgorithm.Sha512).Hex.Length);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256:abc")]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../../etc/passwd00")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85g")]
    [InlineData("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void Refuses_what_is_no_digest(string? text) => Assert.False(Digest.TryParse(text, out _));

    [Fact]
    public void Compares_by_value() => Assert.Equal(Digest.Parse(Empty), Digest.Of(Encoding.UTF8.GetBytes("")));

    [Fact]
    public void A_running_hash_matches_only_its_own_bytes()
    {
        var digest = Digest.Of("abc"u8);
        using var hash = digest.CreateHash();
        hash.AppendData("ab"u8);
        hash.AppendData("c"u8);
        Assert.True(digest.Matches(hash));
        hash.AppendData("abd"u8);
        Assert.False(digest.Matches(hash));
    }
}
