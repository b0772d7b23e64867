using Roadstead.Oci;

namespace Roadstead.Inventory;

/// <summary>The digest that a pod's status gives for an image, where it can be trusted.</summary>
/// <remarks>
/// Runtimes fill <c>imageID</c> each in their way: with the first of all names under which the same content was ever pulled, with the bare ID of a configuration, which no registry knows, or with
/// <c>docker://</c> before it (kubernetes#95968, #115199). Only a digest under the very repository that the specification names can be one that was pulled for it.
/// </remarks>
internal static class StatusDigest
{
    private const string Pullable = "docker-pullable://";

    /// <param name="image">What the specification says.</param>
    /// <param name="imageId">What the status says; null: nothing.</param>
    /// <returns>Null: none that can be trusted, or the specification names one itself.</returns>
    public static string? Of(ImageReference image, string? imageId)
    {
        if (imageId is null || !image.Reference.IsTag)
        {
            return null;
        }

        var text = imageId.StartsWith(Pullable, StringComparison.Ordinal) ? imageId[Pullable.Length..] : imageId;
        return text.Contains('@', StringComparison.Ordinal) && ImageReference.TryParse(text, out var pulled, out _) && pulled.Registry == image.Registry && pulled.Repository == image.Repository
            ? pulled.Reference.Digest?.ToString()
            : null;
    }
}
