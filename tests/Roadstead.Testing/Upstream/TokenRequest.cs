using Microsoft.AspNetCore.WebUtilities;
using Roadstead.Testing.Registries;

namespace Roadstead.Testing.Upstream;

/// <summary>The two ways to ask for a token: GET with Basic, POST with a form (OAuth 2).</summary>
internal static class TokenRequest
{
    /// <returns>The credential as a Basic header would carry it, or null, and the scopes.</returns>
    public static (string? Credential, IReadOnlyCollection<string> Scopes) Read(RecordedRequest request)
    {
        if (request.Method != "POST")
        {
            var query = QueryHelpers.ParseQuery(request.Query);
            return (request.Authorization, Scopes(query.TryGetValue("scope", out var scope) ? scope : default));
        }

        var form = QueryHelpers.ParseQuery(request.Body);
        var credential = form.TryGetValue("username", out var name)
            ? new Credential(name.ToString(), form.TryGetValue("password", out var password) ? password.ToString() : "").Basic
            : null;
        return (credential, Scopes(form.TryGetValue("scope", out var asked) ? asked : default));
    }

    private static HashSet<string> Scopes(Microsoft.Extensions.Primitives.StringValues values) =>
        [.. values.SelectMany(value => value!.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
}
