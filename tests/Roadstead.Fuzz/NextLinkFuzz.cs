using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci.Client;

namespace Roadstead.Fuzz;

public class NextLinkFuzz
{
    private static readonly Uri List = new("https://registry.example:5000/v2/a/b/tags/list");

    private static readonly Gen<string> Values = Headers.Of(Gen.OneOf(
        Mutated.Text(
            "</v2/a/tags/list?n=5&last=x>; rel=\"next\"",
            "<https://evil.example/v2/a/tags/list?last=x#y>; title=\"a, b; <c>\"; rel=next",
            "</first?n=1>; rel=\"first\", </v2/a/tags/list?next_page=g%3D%3D>; rel=\"prev next\""),
        Nasty.Text("<", ">", "; rel=\"next\"", "; rel=next", ", ", "?last=", "//evil.example/")));

    [Theory, Fuzz]
    public void Any_header_leads_to_another_part_of_the_same_list_or_nowhere(Length length) => Property.ForText(length, Values, text =>
    {
        if (QueryOf(text) is not { } query)
        {
            return;
        }

        // As requests are made of it.
        Assert.NotEqual("", query);
        var next = new Uri(List, $"{List.AbsolutePath}?{query}");
        Assert.Equal((List.Scheme, List.Authority, List.AbsolutePath, "", ""), (next.Scheme, next.Authority, next.AbsolutePath, next.UserInfo, next.Fragment));
        Assert.DoesNotContain(next.PathAndQuery, letter => letter is <= ' ' or > '~');
    });

    [Theory, Fuzz]
    public void Of_several_links_the_next_one_is_followed(Length length) =>
        Property.ForAll(length, Gen.Select(Gen.OneOf("next", "NEXT", "prev", "last"), Names.Word, Gen.OneOf("", "; title=\"x, <y>; rel=next\"", "; type=a"), Gen.OneOf("", ",", ";", "=")).Array[1, 4], links =>
        {
            var header = string.Join(", ", links.Select(link => $"<https://other.example/x{link.Item4}?last={link.Item2}{link.Item4}#f>{link.Item3};rel=\"x {link.Item1}\""));
            var next = links.Where(link => link.Item1 is "next" or "NEXT").Select(link => $"last={link.Item2}{link.Item4}").FirstOrDefault();
            Assert.Equal(next, QueryOf(header));
        });

    private static string? QueryOf(string header)
    {
        using var response = Headers.Answer("Link", header);
        return NextLink.QueryOf(response);
    }
}
