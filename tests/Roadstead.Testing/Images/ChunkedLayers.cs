using Roadstead.Testing.Registries;

namespace Roadstead.Testing.Images;

/// <summary>Layers that can be fetched by files: zstd frames with a table of contents behind them.</summary>
public static class ChunkedLayers
{
    /// <summary>Pushes an image with its layers brought into zstd:chunked form, which gives it another digest.</summary>
    public static async Task PushChunked(this DockerRegistry registry, string repository, string tag, ForgedManifest image)
    {
        using var layout = new TemporaryFolder("layout");
        OciLayout.Write(layout.Path, ImageSet.Tag, image);
        await new BuiltImage(layout.Path).CopyTo(registry, repository, tag, "--dest-compress", "--dest-compress-format=zstd:chunked");
    }
}
