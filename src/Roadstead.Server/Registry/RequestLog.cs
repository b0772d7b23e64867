using System.Buffers;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roadstead.Oci;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Registry;

/// <summary>One line and one count for each request of the registry API.</summary>
internal sealed partial class RequestLog(ServerMetrics metrics, LogLines lines, TimeProvider clock, ILogger<RequestLog> log)
{
    private const int MaxWord = 120;

    // More than a line has: all that a client chose is cut to a word or bounded by its grammar.
    private const int MaxLine = 4096;

    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ' + 1, 126 - ' ').Select(code => (char)code).Where(letter => letter != '"')]);

    public long Now => clock.GetTimestamp();

    /// <summary>Whoever writes may have to wait for who reads the log.</summary>
    public bool MayWait => lines.IsBehind;

    // Of the line's room only what is written is sent; clearing all of it before costs as much as a word of it.
    [SkipLocalsInit]
    public void Write(RegistryRequest request, long since)
    {
        var kind = NameOf(request.Path?.Kind);
        var outcome = RegistryRequest.NameOf(request.Outcome);
        var project = request.Route?.Project.Name ?? "-";
        metrics.Answered(project, kind, outcome, request.Context.Response.StatusCode, request.Bytes);
        if (!log.IsEnabled(LogLevel.Information))
        {
            return;
        }

        // Formatted straight into bytes: this is the one line that there are thousands of in a second.
        Span<byte> line = stackalloc byte[MaxLine];
        var start = LogLines.WriteTime(line, clock.GetUtcNow());
        var tenths = (long)Math.Round(clock.GetElapsedTime(since).TotalMilliseconds * 10);
        var context = request.Context;
        var reference = request.Path?.Reference?.ToString() ?? "-";
        var client = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (Utf8.TryWrite(
            line[start..],
            CultureInfo.InvariantCulture,
            $" info {Word(context.Request.Method)} {kind} project={project} repository={Repository(request)} reference={reference} outcome={outcome} status={context.Response.StatusCode} bytes={request.Bytes} ms={tenths / 10}.{tenths % 10} client={client} agent={Agent(context)} cut=\"{request.Cut ?? "no"}\"\n",
            out var written))
        {
            lines.Add(line[..(start + written)]);
        }
        else
        {
            LogLong(log, reference);
        }
    }

    public void Fault(RegistryRequest request, Exception exception) =>
        LogFault(log, exception, request.Route?.Repository.ToString() ?? "-", request.Path?.Reference?.ToString() ?? "-");

    private static string NameOf(OciPathKind? kind) => kind switch
    {
        null => "invalid",
        OciPathKind.Manifest => "manifest",
        OciPathKind.Blob => "blob",
        var other => other.Value.ToString().ToLowerInvariant(),
    };

    private static string Agent(HttpContext context) => Word(context.Request.Headers.UserAgent.ToString());

    // Whoever asks for what is not mirrored wants to be found by it: a mistyped project is in no other line.
    private static string Repository(RegistryRequest request) => request.Route?.Repository.ToString()
        ?? (request.Path is { } path ? Word(path.Name) : Word(request.Context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0]));

    // Text of a client's own: cut, and kept to one printable word.
    private static string Word(string text) => text.Length switch
    {
        0 => "-",
        <= MaxWord when !text.AsSpan().ContainsAnyExcept(Plain) => text,
        _ => string.Concat(text.Take(MaxWord).Select(letter => Plain.Contains(letter) ? letter : '_')),
    };

    [LoggerMessage(LogLevel.Warning, "a request of reference={Reference} was answered, and its line is too long for the log")]
    private static partial void LogLong(ILogger log, string reference);

    [LoggerMessage(LogLevel.Error, "server fault repository={Repository} reference={Reference}")]
    private static partial void LogFault(ILogger log, Exception exception, string repository, string reference);
}
