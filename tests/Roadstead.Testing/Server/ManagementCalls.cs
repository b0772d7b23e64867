using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Roadstead.Testing.Server;

/// <summary>An answer of the management API, read to its end.</summary>
public sealed record ManagementAnswer(HttpStatusCode Status, string Text, HttpResponseHeaders Headers)
{
    public JsonNode Json => JsonNode.Parse(Text) ?? throw new InvalidOperationException("The answer is null.");

    public string? Location => Headers.Location?.OriginalString;

    /// <summary>The messages of an error.</summary>
    public IReadOnlyList<string> Errors => [.. Json["errors"]!.AsArray().Select(error => (string)error!["message"]!)];
}

/// <summary>Asks a server's management API as curl does.</summary>
public static class ManagementCalls
{
    /// <param name="server">Whom.</param>
    /// <param name="method">As <c>PUT</c>.</param>
    /// <param name="path">Below <c>/api/v2.0</c>.</param>
    /// <param name="body">JSON; null: none.</param>
    /// <param name="headers">Further ones.</param>
    public static async Task<ManagementAnswer> Ask(this TestServer server, string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/v2.0" + path);
        request.Headers.Authorization = server.Admin();
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        using var response = await server.Client.SendAsync(request);
        return new ManagementAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers);
    }
}
