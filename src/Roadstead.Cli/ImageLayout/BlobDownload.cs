using System.Security.Cryptography;
using Roadstead.Api;
using Roadstead.Cli.NodeInstall;
using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>How the way of something from or to a server ended.</summary>
internal abstract record MoveEnd
{
    private MoveEnd()
    {
    }

    public sealed record Done : MoveEnd;

    /// <summary>This will not come about.</summary>
    /// <param name="Why">As a sentence.</param>
    /// <param name="State">What is to be said of the image.</param>
    public sealed record Refused(string Why, MovedState State = MovedState.Failed) : MoveEnd;

    /// <summary>Nothing more will come about: the server is gone, or lets nobody in.</summary>
    /// <param name="Why">As a sentence.</param>
    public sealed record Lost(string Why) : MoveEnd;
}

/// <summary>Brings one blob of a server's into a file: from where an earlier try ended, hashed as it comes, and only as a whole and right one.</summary>
/// <param name="content">The server.</param>
/// <param name="project">The project.</param>
/// <param name="repository">The repository, as upstream calls it.</param>
/// <param name="digest">The blob.</param>
/// <param name="size">Its bytes.</param>
internal sealed class BlobDownload(ContentClient content, string project, string repository, Digest digest, long size)
{
    // In a row, without a byte between them.
    private const int MostFaults = 5;

    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);

    /// <param name="partial">Where its bytes are until all are there; what is there already is believed as far as the digest bears it out.</param>
    /// <param name="transfer">Counts its bytes.</param>
    /// <param name="time">For pauses.</param>
    /// <param name="cancellation">Ends it; what has come stays.</param>
    /// <exception cref="IOException">The disk does not take it; what has come stays.</exception>
    public async Task<MoveEnd> Into(string partial, Transfer transfer, TimeProvider time, CancellationToken cancellation)
    {
        using var file = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        using var hash = digest.CreateHash();
        var begun = await Begun(file, hash, cancellation).ConfigureAwait(false);
        transfer.Pass(begun);
        var end = await Fetch(file, hash, transfer, time, cancellation).ConfigureAwait(false);
        if (end is not MoveEnd.Done)
        {
            return end;
        }

        if (digest.Matches(hash))
        {
            SystemCalls.Sync(file.SafeFileHandle, partial);
            transfer.BlobDone();
            return end;
        }

        file.SetLength(0);
        if (begun == 0)
        {
            return new MoveEnd.Refused($"{digest}: the server's bytes have another digest, and are not taken. Its copy is damaged: it is found and fetched anew when the server next looks through its blobs.");
        }

        // What an earlier try left was not of this blob.
        transfer.Total += size;
        end = await Fetch(file, hash, transfer, time, cancellation).ConfigureAwait(false);
        if (end is MoveEnd.Done && !digest.Matches(hash))
        {
            file.SetLength(0);
            return new MoveEnd.Refused($"{digest}: the server's bytes have another digest, and are not taken.");
        }

        SystemCalls.Sync(file.SafeFileHandle, partial);
        transfer.BlobDone();
        return end;
    }

    private async Task<long> Begun(FileStream file, IncrementalHash hash, CancellationToken cancellation)
    {
        const int Chunk = 256 * 1024;
        if (file.Length > size)
        {
            file.SetLength(0);
        }

        var buffer = new byte[Chunk];
        int count;
        while ((count = await file.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(buffer, 0, count);
        }

        return file.Length;
    }

    private async Task<MoveEnd> Fetch(FileStream file, IncrementalHash hash, Transfer transfer, TimeProvider time, CancellationToken cancellation)
    {
        for (var faults = 0; file.Length < size;)
        {
            var before = file.Length;
            var outcome = await content.ReadBlob(project, repository, digest.ToString(), before, Take, cancellation).ConfigureAwait(false);
            if (outcome is ApiOutcome<long>.Refused(var status, var message))
            {
                return status == 401 ? new MoveEnd.Lost($"The server {message}.") : new MoveEnd.Refused($"{digest}: the server {message}.");
            }

            if (file.Length > size)
            {
                file.SetLength(0);
                return new MoveEnd.Refused($"{digest}: the server sends more than its {size} bytes.");
            }

            if (file.Length == size)
            {
                break;
            }

            // Whatever came, there is less to be asked for.
            faults = file.Length > before ? 1 : faults + 1;
            if (faults >= MostFaults)
            {
                return new MoveEnd.Lost($"{digest}: {(outcome is ApiOutcome<long>.Unreachable(var why, _) ? why.TrimEnd('.') : "the server ends its answer too early")}. What has come stays, and the same command goes on from there.");
            }

            await Task.Delay(AfterFault, time, cancellation).ConfigureAwait(false);
        }

        return new MoveEnd.Done();

        async ValueTask Take(ReadOnlyMemory<byte> bytes)
        {
            await file.WriteAsync(bytes, cancellation).ConfigureAwait(false);
            hash.AppendData(bytes.Span);
            transfer.Add(bytes.Length);
        }
    }
}
