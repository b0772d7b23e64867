using Roadstead.Bench.Figures;
using Roadstead.Bench.Machine;
using Roadstead.Bench.Results;
using Roadstead.Testing;

namespace Roadstead.Bench.Tests;

public class ResultsTests
{
    private static readonly MachineFacts Machine = new("Processor of a test", 2, 8.1, "System", "6.0", "ext4 on /dev/x");

    [Fact]
    public void The_page_shows_each_goal_with_its_figures_its_ratio_and_what_became_of_it()
    {
        var page = ResultsPage.Of(new SavedResults(Machine, new Dictionary<string, SavedRow> { ["blob"] = Saved(Row("blob", 10, 30, 60)) }), ["blob"]);
        Assert.Contains(
            "| blob | MB/s | a | b | 10.0 / **30.0** / 60.0 | 20.0 / **20.0** / 20.0 | – | – | **1.50 ×** (0.500–3.00) | ≥ 1.50 × | reached |", page, StringComparison.Ordinal);
        Assert.Contains("| blob | What blob is | 3 | 2026-01-02 03:04 | 1 |", page, StringComparison.Ordinal);
        Assert.Contains("1. a 1.0; b 2.0", page, StringComparison.Ordinal);
        Assert.Contains("Processor of a test, 2 cores, 8.1 GB", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_goal_that_is_missed_stays_missed_on_the_page()
    {
        var page = ResultsPage.Of(new SavedResults(Machine, new Dictionary<string, SavedRow> { ["blob"] = Saved(Row("blob", 29, 29, 29)) }), ["blob"]);
        Assert.Contains("| **1.45 ×** (1.45–1.45) | ≥ 1.50 × | **missed** |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_stand_in_the_order_of_the_catalog_and_further_results_of_a_row_by_it()
    {
        var rows = new[] { "tag", "mixed-p99", "mixed", "tag-first" }.ToDictionary(name => name, name => Saved(Row(name, 1)));
        var page = ResultsPage.Of(new SavedResults(Machine, rows), ["mixed", "tag", "tag-first"]);
        var places = new[] { "| mixed", "| tag |", "| tag-first |" }.Select(name => page.IndexOf(name, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.True(page.IndexOf("| mixed-p99 |", StringComparison.Ordinal) < places[1]);
    }

    [Fact]
    public void Results_are_read_as_they_were_written_and_those_of_another_machine_are_not_mixed_with_them()
    {
        using var folder = new TemporaryFolder();
        var page = (SavedResults results) => ResultsPage.Of(results, ["blob"]);
        var written = new SavedResults(Machine, new Dictionary<string, SavedRow> { ["blob"] = Saved(Row("blob", 10, 30, 60)) });
        ResultsFile.Write(folder["results.json"], written);
        Assert.Equal(page(written), page(ResultsFile.Read(folder["results.json"], Machine with { })));
        Assert.Empty(ResultsFile.Read(folder["results.json"], Machine with { Cores = 4 }).Rows);
        Assert.Empty(ResultsFile.Read(folder["none.json"], Machine).Rows);
    }

    [Fact]
    public void Figures_that_would_take_the_place_of_better_ones_are_not_kept()
    {
        using var folder = new TemporaryFolder();
        var file = folder["results.json"];
        var all = new BenchOptions("", BenchOptions.QuotedRounds, false, false, "/s", "/r");
        Assert.Null(ResultsFile.WhyNotKept(all with { Name = "blob" }, file, Machine));
        ResultsFile.Write(file, new SavedResults(Machine, new Dictionary<string, SavedRow> { ["blob"] = Saved(Row("blob", 10, 30, 60)) }));
        Assert.Null(ResultsFile.WhyNotKept(all with { Name = "blob" }, file, Machine));
        Assert.Null(ResultsFile.WhyNotKept(all, file, Machine with { Kernel = "6.1" }));
        Assert.NotNull(ResultsFile.WhyNotKept(all with { Name = "blob" }, file, Machine with { Kernel = "6.1" }));
        Assert.NotNull(ResultsFile.WhyNotKept(all with { Rounds = 8 }, file, Machine));
        Assert.NotNull(ResultsFile.WhyNotKept(all with { IsQuick = true }, file, Machine));
        Assert.NotNull(ResultsFile.WhyNotKept(all with { IsProfile = true }, file, Machine));
    }

    [Theory]
    [InlineData(12345.6, "12,346")]
    [InlineData(12.345, "12.3")]
    [InlineData(1.2345, "1.23")]
    [InlineData(0.01234, "0.012")]
    public void Numbers_have_the_digits_that_mean_something(double value, string text) => Assert.Equal(text, ResultsPage.Number(value));

    private static SavedRow Saved(RowResult row) => new("2026-01-02 03:04", new Dictionary<string, string> { ["a"] = "1.0", ["b"] = "2.0" }, row);

    private static RowResult Row(string name, params double[] values) => new(
        name, $"What {name} is", "MB/s", [FigureTests.Result("a", values), FigureTests.Result("b", values.Select(_ => 20.0))], [Goal.RatioAtLeast("a", "b", 1.5)]);
}
