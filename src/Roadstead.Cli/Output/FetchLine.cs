using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>How far the fetch of an image is, as one line of a terminal.</summary>
/// <param name="terminal">Shows it.</param>
/// <param name="image">The image.</param>
internal sealed class FetchLine(TerminalProgress terminal, string image) : IProgress<ImageFetchProgress>
{
    private readonly ByteRate _rate = new();

    public void Report(ImageFetchProgress value) => terminal.Report(value.TotalBlobs == 0 ? $"{image}: its manifest…"
        : string.Create(CultureInfo.InvariantCulture, $"{image}: {SizeText.Of(value.Bytes)} of {SizeText.Of(value.TotalBytes)}{_rate.Of(value.Bytes, value.TotalBytes)}, {value.Blobs} of {value.TotalBlobs} blobs"));
}
