using System.Net.Http.Json;
using System.Security.Authentication;
using System.Text.Json;

namespace Roadstead.Api;

/// <summary>Asks a server's management API.</summary>
/// <param name="http">Its trust and time-outs are its owner's matter.</param>
/// <param name="server">URL of the server; scheme, host and port.</param>
public sealed class ManagementClient(HttpClient http, Uri server)
{
    /// <summary>What nodes can pull through this server. Open: takes no credential.</summary>
    public async Task<ApiOutcome<MirrorList>> Mirrors(CancellationToken cancellation)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(server, MirrorList.Path), cancellation).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                return Refused((int)response.StatusCode, $"answers {(int)response.StatusCode}");
            }

            var list = await response.Content.ReadFromJsonAsync(ApiJson.Default.MirrorList, cancellation).ConfigureAwait(false);
            return list is { Url: not null, Mirrors: not null } && list.Mirrors.All(mirror => mirror is { Registry: not null, Project: not null, Upstream: not null })
                ? new ApiOutcome<MirrorList>.Answered(list)
                : Refused((int)response.StatusCode, "answers without the list of mirrors");
        }
        catch (JsonException)
        {
            return Refused(200, "answers with something else than a list of mirrors");
        }
        catch (HttpRequestException exception)
        {
            return new ApiOutcome<MirrorList>.Unreachable(exception.InnerException?.Message ?? exception.Message, exception.InnerException is AuthenticationException);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ApiOutcome<MirrorList>.Unreachable("it does not answer in time", false);
        }
    }

    private static ApiOutcome<MirrorList>.Refused Refused(int status, string message) => new(status, message);
}
