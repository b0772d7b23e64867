using System.Data.Common;
using Microsoft.AspNetCore.Http;

namespace Roadstead.Server.Management;

/// <summary>Answers while the database fails: what it will not do is told as what it is, and whoever asked tries again.</summary>
internal static class Surviving
{
    // A disk that hangs must not hold requests without end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="context">The request.</param>
    /// <param name="what">What is not done then, as the beginning of a sentence.</param>
    /// <param name="answer">Answers it.</param>
    /// <param name="clock">For how long.</param>
    /// <param name="patience">How long it may take; null: five seconds.</param>
    public static async Task Answer(HttpContext context, string what, Func<CancellationToken, Task> answer, TimeProvider clock, TimeSpan? patience = null)
    {
        using var late = new CancellationTokenSource(patience ?? Patience, clock);
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
            await ApiErrorResult.Write(context, StatusCodes.Status503ServiceUnavailable, $"{what}: the server's database takes longer than {(patience ?? Patience).TotalSeconds:0} s.").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked is gone.
        }
    }
}
