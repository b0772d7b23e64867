using System.Net.Http.Headers;
using Roadstead.Testing.Images;

namespace Roadstead.Testing.Registries;

/// <summary>Pushes forged content by the distribution API, without a client's opinions about it.</summary>
public static class RegistryPush
{
    /// <param name="registry">A client whose base address is the registry's.</param>
    public static async Task Push(this HttpClient registry, string repository, string? tag, ForgedManifest manifest)
    {
        foreach (var blob in manifest.Blobs)
        {
            await PushBlob(registry, repository, blob);
        }

        foreach (var child in manifest.Children)
        {
            await registry.Push(repository, null, child);
        }

        using var content = new ByteArrayContent(manifest.Bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(manifest.MediaType);
        await Expect(await registry.PutAsync(new Uri($"/v2/{repository}/manifests/{tag ?? manifest.Digest}", UriKind.Relative), content));
    }

    public static Task Push(this DockerRegistry registry, string repository, string? tag, ForgedManifest manifest) =>
        registry.Client.Push(repository, tag, manifest);

    /// <summary>Has a registry lose a manifest, and all tags that name it.</summary>
    public static async Task Delete(this DockerRegistry registry, string repository, string digest)
    {
        using var answer = await Expect(await registry.Client.DeleteAsync(new Uri($"/v2/{repository}/manifests/{digest}", UriKind.Relative)));
    }

    private static async Task PushBlob(HttpClient registry, string repository, ForgedBlob blob)
    {
        using var begun = await Expect(await registry.PostAsync(new Uri($"/v2/{repository}/blobs/uploads/", UriKind.Relative), null));
        var location = new Uri(registry.BaseAddress!, begun.Headers.Location!);
        var target = new UriBuilder(location) { Query = $"{location.Query}&digest={Uri.EscapeDataString(blob.Digest)}".TrimStart('?', '&') };
        using var content = new ByteArrayContent(blob.Bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var done = await Expect(await registry.PutAsync(target.Uri, content));
    }

    private static async Task<HttpResponseMessage> Expect(HttpResponseMessage response) => response.IsSuccessStatusCode
        ? response
        : throw new InvalidOperationException($"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri}: {response} {await response.Content.ReadAsStringAsync()}");
}
