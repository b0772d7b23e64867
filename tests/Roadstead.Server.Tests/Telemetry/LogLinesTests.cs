using System.IO.Pipes;
using System.Text;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Tests.Telemetry;

public class LogLinesTests
{
    private const int Writers = 4;
    private const int LinesOfEach = 10_000;

    /// <summary>More than may wait, with a reader that comes late.</summary>
    [Fact]
    public async Task No_line_is_lost_torn_or_out_of_its_writers_order()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        using var lines = new LogLines(new AnonymousPipeClientStream(PipeDirection.Out, reader.ClientSafePipeHandle));
        var padding = new string('x', 200);
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Factory.StartNew(
            () =>
            {
                for (var number = 0; number < LinesOfEach; number++)
                {
                    lines.Add(Encoding.UTF8.GetBytes($"{writer} {number} {padding}\n"));
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ToList();

        var next = new int[Writers];
        using var text = new StreamReader(reader);
        for (var read = 0; read < Writers * LinesOfEach; read++)
        {
            var words = (await text.ReadLineAsync(TestContext.Current.CancellationToken))!.Split(' ');
            var writer = int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal($"{next[writer]++} {padding}", $"{words[1]} {words[2]}");
        }

        await Task.WhenAll(writers);
    }

    /// <summary>Who must not wait asks before.</summary>
    [Fact]
    public async Task It_tells_that_its_reader_is_behind()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        using var lines = new LogLines(new AnonymousPipeClientStream(PipeDirection.Out, reader.ClientSafePipeHandle));
        lines.Add(new byte[200_000]);
        Assert.False(lines.IsBehind);

        // More than a pipe holds: with its first byte here, the rest is being written until somebody reads on.
        await reader.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        lines.Add(new byte[600_000]);
        Assert.True(lines.IsBehind);
        await reader.ReadExactlyAsync(new byte[799_999], TestContext.Current.CancellationToken);
        Assert.False(lines.IsBehind);
    }

    [Fact]
    public void The_last_lines_are_written_before_it_ends()
    {
        using var output = new MemoryStream();
        using (var lines = new LogLines(output))
        {
            lines.Add("first\n"u8);
            lines.Add("last\n"u8);
        }

        Assert.Equal("first\nlast\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public void Times_are_in_UTC_to_the_millisecond()
    {
        Span<byte> line = stackalloc byte[30];
        var length = LogLines.WriteTime(line, new DateTimeOffset(2026, 2, 3, 1, 5, 6, 7, TimeSpan.FromHours(2)));
        Assert.Equal("2026-02-02T23:05:06.007Z", Encoding.ASCII.GetString(line[..length]));
        Assert.Equal(0, LogLines.WriteTime(line[..23], DateTimeOffset.UnixEpoch));
    }
}
