namespace Roadstead.Oci.Tests;

/// <summary>The queries of lists: rows 24 to 29 of the catalogue of bad input, and what is good.</summary>
public class ListPageTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("", null, null, null)]
    [InlineData("?", null, null, null)]
    [InlineData("?n=0", 0, null, null)]
    [InlineData("?n=3&last=1.0", 3, "1.0", null)]
    [InlineData("?n=1001", 1000, null, null)]
    [InlineData("?n=99999999999999999999", 1000, null, null)]
    [InlineData("?n=%33", 3, null, null)]
    [InlineData("?n=1&n=2&last=a&last=b", 1, "a", null)]
    [InlineData("?last=&next_page=", null, null, null)]
    [InlineData("?last=hub%2Fa&next_page=gAAA%3D%3D", null, "hub/a", "gAAA==")]
    [InlineData("?N=x&orderby=&secret=1&ns=docker.io", null, null, null)]
    public void Reads_the_page(string query, int? count, string? last, string? next)
    {
        foreach (var path in new[] { "/v2/a/b/tags/list", "/v2/_catalog", "/hub/v2/a/tags/list" })
        {
            var (found, error) = OciPath.Parse(path + query);
            Assert.Null(error);
            Assert.Equal(new ListPage(count, last, next), found!.Page);
        }
    }

    public static TheoryData<string, string> BadInput => new()
    {
        { "n=-1", OciErrorCode.PaginationNumberInvalid },
        { "n=1e30", OciErrorCode.PaginationNumberInvalid },
        { "n=abc", OciErrorCode.PaginationNumberInvalid },
        { "n=", OciErrorCode.PaginationNumberInvalid },
        { "n", OciErrorCode.PaginationNumberInvalid },
        { "n=+1", OciErrorCode.PaginationNumberInvalid },
        { "n=%201", OciErrorCode.PaginationNumberInvalid },
        { "n=\u0661", OciErrorCode.PaginationNumberInvalid },
        { "last=%0d%0a", OciErrorCode.Unsupported },
        { "last=%00", OciErrorCode.Unsupported },
        { "last=%c3%bc", OciErrorCode.Unsupported },
        { "next_page=%7f", OciErrorCode.Unsupported },
        { $"last={new string('a', 2049)}", OciErrorCode.Unsupported },
    };

    [Theory]
    [MemberData(nameof(BadInput))]
    public void Refuses_bad_input(string query, string code)
    {
        foreach (var path in new[] { "/v2/a/b/tags/list?", "/v2/_catalog?" })
        {
            var (found, error) = OciPath.Parse(path + query);
            Assert.Null(found);
            Assert.Equal((400, code), (error!.Status, error.Code));
        }
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("?artifactType=", null)]
    [InlineData("?artifactType=application%2Fspdx%2Bjson", "application/spdx+json")]
    [InlineData("?artifactType=application/spdx+json&ns=docker.io", "application/spdx+json")]
    [InlineData("?n=x&last=%0d", null)]
    public void Reads_the_type_of_artifact(string query, string? type) =>
        Assert.Equal(type, OciPath.Parse($"/v2/a/b/referrers/sha256:{Hex}{query}").Path!.ArtifactType);

    [Theory]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData("a/b/c")]
    [InlineData("a/")]
    [InlineData("-a/b")]
    [InlineData("a/b;q=1")]
    [InlineData("a/%0d%0ab")]
    [InlineData("a/%c3%bc")]
    public void Refuses_what_is_no_media_type(string type)
    {
        var (found, error) = OciPath.Parse($"/v2/a/b/referrers/sha256:{Hex}?artifactType={type}");
        Assert.Null(found);
        Assert.Equal(400, error!.Status);
    }

    [Fact]
    public void A_query_reads_as_the_page_that_it_was_made_of()
    {
        foreach (var text in new[] { "1.0", "a b", "a&n=2", "x>; rel=\"prev\"", "100%", "a+b", "#?=/", "~" })
        {
            var page = new ListPage(7, text, text);
            Assert.DoesNotContain(page.ToQuery(), letter => letter is < '!' or > '~' or '"' or '<' or '>');
            Assert.Equal((page, null), ListPage.Read(new OciQuery(page.ToQuery())));
        }
    }

    [Theory]
    [InlineData(null, null, "B a b", null)]
    [InlineData(2, null, "B a", "n=2&last=a")]
    [InlineData(2, "a", "b", null)]
    [InlineData(1, "A", "B", "n=1&last=B")]
    [InlineData(3, null, "B a b", null)]
    [InlineData(0, null, "", null)]
    [InlineData(1, "z", "", null)]
    public void Cuts_its_entries_out_of_a_list(int? count, string? last, string entries, string? next)
    {
        var page = new ListPage(count, last).Of(["B", "a", "b"]);
        Assert.Equal((entries, next), (string.Join(' ', page.Entries), page.Next?.ToQuery()));
    }
}
