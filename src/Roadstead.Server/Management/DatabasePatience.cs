using System.Data.Common;
using Microsoft.AspNetCore.Http;

namespace Roadstead.Server.Management;

/// <summary>Answers for what the database will not do: it is told as what it is, and whoever asked tries again.</summary>
internal static class DatabasePatience
{
    // A disk that hangs must not hold requests without end.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <param name="context">The request.</param>
    /// <param name="what">What did not come about, to begin a sentence with.</param>
    /// <param name="answer">Answers the request.</param>
    /// <param name="clock">For the patience.</param>
    /// <param name="patience">How long it may take; null: five seconds.</param>
    public static async Task Survive(HttpContext context, string what, Func<CancellationToken, Task> answer, TimeProvider clock, TimeSpan? patience = null)
    {
        var longest = patience ?? Longest;
        using var late = new CancellationTokenSource(longest, clock);
        using var stops = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            await answer(stops.Token).ConfigureAwait(false);
        }
        catch (DbException exception)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status503ServiceUnavailable, $"{what}: the server's database failed: {exception.Message}").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status503ServiceUnavailable, $"{what} so far: the server's database takes longer than {longest.TotalSeconds:0} s.{Begun(context.Request)}").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked is gone.
        }
    }

    /// <summary>A change that the writer has begun is finished, whoever still waits for it.</summary>
    private static string Begun(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? "" : " What was begun may still be done: look at how it is before you try again.";
}
