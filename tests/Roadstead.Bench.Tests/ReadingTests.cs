using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;
using Roadstead.Bench.Profiling;
using Roadstead.Bench.Rows;

namespace Roadstead.Bench.Tests;

public class ReadingTests
{
    private const string WrkOutput = """
        Running 5s test @ http://127.0.0.1:14880/v2/library/image/blobs/sha256:00
          2 threads and 8 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency   331.38ms   43.21ms 399.83ms   61.90%
          21 requests in 5.02s, 2.54GB read
        Requests/sec:      4.18
        bench-summary requests=21 bytes=2725000000 us=5020000 status=0 socket=3 p50=331380 p99=399830
        """;

    [Fact]
    public void The_summary_of_wrk_is_read_to_the_byte()
    {
        var report = WrkReport.Parse(WrkOutput);
        Assert.Equal(
            new WrkReport(21, 2_725_000_000, TimeSpan.FromMilliseconds(5020), 0, 3, TimeSpan.FromMilliseconds(331.38), TimeSpan.FromMilliseconds(399.83)), report);
        Assert.Equal(21 / 5.02, report.RequestsPerSecond, 9);
    }

    [Fact]
    public void What_is_resident_is_summed_by_file_and_rights()
    {
        string[] smaps =
        [
            "55c6479e0000-55c64acb9000 r-xp 0303e000 fe:00 11657219                   /opt/a program/roadstead-server", "Size:              100 kB", "Rss:                40 kB", "Private_Dirty:         0 kB",
            "55c64acd8000-55c64c7e8000 r-xp 06316000 fe:00 11657219                   /opt/a program/roadstead-server", "Rss:                 8 kB", "Private_Dirty:         4 kB",
            "7f7995800000-7f7995c00000 rw-p 00000000 00:00 0 ", "Rss:               100 kB", "Private_Dirty:       100 kB",
            "7f7995c00000-7f7995c01000 ---p 00000000 00:00 0 ", "Rss:                 0 kB", "Private_Dirty:         0 kB",
        ];
        Assert.Equal([" resident     dirty kB", "      100       100 rw- (no file)", "       48         4 r-x roadstead-server"], MemoryMaps.Of(smaps));
    }

    [Fact]
    public void Output_without_a_summary_is_a_fault() => Assert.Throws<FormatException>(() => WrkReport.Parse("unable to connect to 127.0.0.1:1"));

    [Theory]
    [InlineData(2_099_999_999, false)]
    [InlineData(2_100_000_000, true)]
    [InlineData(2_800_000_000, true)]
    [InlineData(2_901_000_000, false)]
    public void Bytes_must_lie_between_the_answers_and_those_with_what_was_under_way(long bytes, bool plausible)
    {
        var report = WrkReport.Parse(WrkOutput) with { Bytes = bytes };
        Assert.Equal(plausible, LoadRun.IsPlausible(report, 100_000_000, 8));
    }

    [Fact]
    public void The_time_that_hyperfine_measured_is_read_from_its_report() => Assert.Equal(
        TimeSpan.FromSeconds(1.25),
        Hyperfine.Parse("""{"results":[{"command":"true","mean":1.25,"stddev":null,"times":[1.25],"exit_codes":[0]}]}"""));

    [Fact]
    public void Processor_time_is_read_behind_a_name_that_looks_like_the_rest() => Assert.Equal(
        new ProcessStat(7, 30, 70),
        ProcessTree.ParseStat("42 (a) S 1 (b) R 7 42 42 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 3 0 100 200 300"));

    [Fact]
    public void Stacks_are_folded_from_the_outermost_call_and_counted()
    {
        const string script = """
            worker
            	    7f01 inner;x+0x10 (/a/b.so)
            	    7f02 outer (/a/b.so)

            worker
            	    7f01 inner;x+0x10 (/a/b.so)
            	    7f02 outer (/a/b.so)

            worker
            	    7f03 [unknown] (/a/server)


            """;
        var folded = FoldedStacks.Of(script).ToList();
        Assert.Equal(["worker;outer;inner:x+0x10 2", "worker;server 1"], folded);
        Assert.Equal(["100.0 % worker", " 66.7 % outer", " 66.7 % inner:x+0x10", " 33.3 % server"], FoldedStacks.Inclusive(folded));
    }

    [Fact]
    public void Each_round_begins_with_another_contestant_and_has_all_of_them()
    {
        var rounds = Enumerable.Range(0, 4).Select(round => string.Join("", Entrants<int>.Order(round, 3).Select(turn => "ABC"[turn])));
        Assert.Equal(["ABC", "BCA", "CAB", "ABC"], rounds);
    }

    [Fact]
    public async Task A_log_that_does_not_have_what_was_answered_is_no_result()
    {
        using var folder = new Roadstead.Testing.TemporaryFolder();
        await File.WriteAllTextAsync(folder["log"], "started\nGET /v2/a\nGET /v2/b\n", TestContext.Current.CancellationToken);
        var log = new AccessLog(folder["log"], "/v2/");
        await log.Expect(1, 1);
        await Assert.ThrowsAsync<DishonestRunException>(() => log.Expect(1, 0));
    }
}
