namespace Roadstead.Bench.Machine;

/// <summary>A server's log, to be counted against what the load generator says it asked.</summary>
/// <param name="path">The server appends to it.</param>
/// <param name="mark">What every line of a request has, and no other.</param>
internal sealed class AccessLog(string path, string mark)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public string Path => path;

    /// <summary>Forgets what was logged. Servers append, so they go on at the beginning.</summary>
    public void Clear()
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(0);
    }

    /// <summary>Waits until nothing was added for half a second.</summary>
    /// <exception cref="DishonestRunException">Something always is.</exception>
    public async Task Quiet()
    {
        const int looks = 5;
        var until = Environment.TickCount64 + (4 * (long)Patience.TotalMilliseconds);
        var (length, same) = (-1L, 0);
        while (same < looks)
        {
            if (Environment.TickCount64 > until)
            {
                throw new DishonestRunException($"{path} grows though nobody asks.");
            }

            await Task.Delay(100);
            var now = new FileInfo(path).Length;
            (same, length) = now == length ? (same + 1, now) : (0, now);
        }
    }

    public int Count(string word = "")
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var count = 0;
        while (reader.ReadLine() is { } line)
        {
            count += line.Contains(mark, StringComparison.Ordinal) && line.Contains(word, StringComparison.Ordinal) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Waits for lines that are still buffered.</summary>
    /// <exception cref="DishonestRunException">The log does not have a line for each answer.</exception>
    /// <param name="answered">What the load generator has seen answered.</param>
    /// <param name="underWay">What it may have asked beside that when it ended.</param>
    public async Task Expect(long answered, long underWay)
    {
        var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        int logged;
        while ((logged = Count()) < answered && Environment.TickCount64 < until)
        {
            await Task.Delay(50);
        }

        if (logged < answered || logged > answered + underWay)
        {
            throw new DishonestRunException($"{path} has {logged} requests where {answered} were answered and at most {underWay} more were asked.");
        }
    }
}
