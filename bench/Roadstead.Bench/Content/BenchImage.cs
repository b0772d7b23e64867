using System.Security.Cryptography;
using Roadstead.Testing.Images;

namespace Roadstead.Bench.Content;

/// <summary>Images of random layers of exact sizes.</summary>
internal static class BenchImage
{
    /// <summary>What clients say they take.</summary>
    public const string Accept = Media.DockerManifest + ", " + Media.OciManifest;

    public const string Repository = "library/image";
    public const string Tag = "latest";

    /// <param name="sizes">Of its layers in bytes.</param>
    public static ForgedManifest Of(params IEnumerable<int> sizes) => ImageForge.Image([.. sizes.Select(Layer)], format: ImageFormat.DockerSchema2);

    private static ForgedBlob Layer(int size)
    {
        var bytes = RandomNumberGenerator.GetBytes(size);
        var digest = ContentDigest.Sha256(bytes);
        return new ForgedBlob(bytes, digest, Media.OciLayer, digest);
    }
}
