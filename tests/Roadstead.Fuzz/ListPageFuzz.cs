using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci;

namespace Roadstead.Fuzz;

public class ListPageFuzz
{
    private static readonly Gen<string> Queries = Gen.OneOf(
        Mutated.Text("n=10&last=1.0", "last=hub%2Fa&next_page=gAAA%3D%3D&n=1000", "n=0", "ns=docker.io&n=5&orderby=&last=x"), Nasty.Text("n=", "&last=", "&next_page=", "12", "&"));

    private static readonly Gen<string> Printable = Gen.Char[' ', '~'].Array[1, 30].Select(text => new string(text));

    [Theory, Fuzz]
    public void Any_query_is_a_page_within_its_limits_or_an_error(Length length) => Property.ForText(length, Queries, text =>
    {
        var (page, error) = ListPage.Read(new OciQuery(text));
        Assert.True(page is null != error is null);
        Assert.Equal(400, error?.Status ?? 400);
        if (page is not null)
        {
            Assert.InRange(page.Count ?? 0, 0, ListPage.MaxCount);
            Assert.All([page.Last ?? "a", page.Next ?? "a"], place => Assert.True(place.Length is > 0 and <= 2048 && place.All(letter => letter is >= ' ' and <= '~')));
            Assert.Equal((page, null), ListPage.Read(new OciQuery(page.ToQuery())));
            Assert.DoesNotContain(page.ToQuery(), letter => letter is <= ' ' or > '~' or '"' or '<' or '>' or '#');
        }
    });

    [Theory, Fuzz]
    public void A_query_gives_each_parameter_its_first_value(Length length) =>
        Property.ForAll(length, Gen.Select(Names.Word, Gen.OneOf(Printable, Gen.OneOf("", "\u00e4", "\ud83d\ude00", "\0", "a=b&c", "100%", "+"))).Array[0, 6], parameters =>
        {
            var query = new OciQuery(string.Join('&', parameters.Select(parameter => $"{parameter.Item1}={Uri.EscapeDataString(parameter.Item2)}")));
            Assert.All(parameters, parameter => Assert.Equal(parameters.First(first => first.Item1 == parameter.Item1).Item2, query.Find(parameter.Item1)));
            Assert.Null(query.Find("-"));
        });

    [Theory, Fuzz]
    public void Pages_one_after_the_other_are_the_list(Length length) =>
        Property.ForAll(length, Gen.Select(Printable.HashSet[0, 30], Gen.Int[1, 12]), (names, count) =>
        {
            var all = names.Order(StringComparer.Ordinal).ToList();
            var walked = new List<string>();
            ListPage? page = new(count);
            while (page is not null)
            {
                var (entries, next) = page.Of(all);
                Assert.True(entries.Count == count || (entries.Count < count && next is null));
                walked.AddRange(entries);
                Assert.True(walked.Count <= all.Count);
                page = next is null ? null : ListPage.Read(new OciQuery(next.ToQuery())).Page!;
            }

            Assert.Equal(all, walked);
        });
}
