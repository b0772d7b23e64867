using Roadstead.Bench.Figures;
using Roadstead.Bench.Rows;
using Roadstead.Testing;

namespace Roadstead.Bench.Tests;

public class SmokeTests
{
    [Fact]
    public async Task A_row_that_needs_no_other_contestant_is_measured_on_the_built_server()
    {
        using var folder = new TemporaryFolder();
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var server = Path.Combine(here.Parent!.Parent!.FullName, "Roadstead.Server", here.Name, "roadstead-server");
        var results = await new CollapseRow().Measure(new BenchContext(server, folder.Path, 1, true, null, TestContext.Current.CancellationToken));
        var row = Assert.Single(results);
        Assert.Equal(1, row.Rounds);
        Assert.True(Verdict.Of(Assert.Single(row.Goals), row.Contestants).Reached);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
