using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Registry;

/// <summary>One line and one count for each request of the registry API.</summary>
internal sealed partial class RequestLog(ServerMetrics metrics, TimeProvider clock, ILogger<RequestLog> log)
{
    private const int MaxWord = 120;

    public long Now => clock.GetTimestamp();

    public void Write(RegistryRequest request, long since)
    {
        var context = request.Context;
        var project = request.Route?.Project.Name ?? "-";
        var kind = (request.Path?.Kind.ToString() ?? "invalid").ToLowerInvariant();
        var outcome = RegistryRequest.NameOf(request.Outcome);
        var status = context.Response.StatusCode;
        metrics.Answered(project, kind, outcome, status, request.Bytes);
        if (log.IsEnabled(LogLevel.Information))
        {
            LogRequest(
                log, context.Request.Method, kind, project, Repository(request), request.Path?.Reference?.ToString() ?? "-", outcome, status,
                request.Bytes, clock.GetElapsedTime(since).TotalMilliseconds, context.Connection.RemoteIpAddress?.ToString() ?? "-", Agent(context), request.Cut ?? "no");
        }
    }

    public void Fault(RegistryRequest request, Exception exception) =>
        LogFault(log, exception, request.Route?.Repository.ToString() ?? "-", request.Path?.Reference?.ToString() ?? "-");

    private static string Agent(HttpContext context) => Word(context.Request.Headers.UserAgent.ToString());

    // Whoever asks for what is not mirrored wants to be found by it: a mistyped project is in no other line.
    private static string Repository(RegistryRequest request) => request.Route?.Repository.ToString()
        ?? (request.Path is { } path ? Word(path.Name) : Word(request.Context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0]));

    // Text of a client's own: cut, and kept to one printable word.
    private static string Word(string text) =>
        text.Length == 0 ? "-" : string.Concat(text.Take(MaxWord).Select(letter => letter is > ' ' and < (char)127 and not '"' ? letter : '_'));

    [LoggerMessage(LogLevel.Information,
        "{Method} {Kind} project={Project} repository={Repository} reference={Reference} outcome={Outcome} status={Status} bytes={Bytes} ms={Milliseconds:0.0} client={Client} agent={Agent} cut=\"{Cut}\"")]
    private static partial void LogRequest(
        ILogger log, string method, string kind, string project, string repository, string reference, string outcome, int status, long bytes, double milliseconds,
        string client, string agent, string cut);

    [LoggerMessage(LogLevel.Error, "server fault repository={Repository} reference={Reference}")]
    private static partial void LogFault(ILogger log, Exception exception, string repository, string reference);
}
