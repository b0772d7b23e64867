using Microsoft.AspNetCore.Http;
using Roadstead.Server.Configuration;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Management;

/// <summary>Answers for changes of the catalog.</summary>
internal static class CatalogAnswers
{
    /// <summary>Makes a change, and answers for one that was not made.</summary>
    /// <returns>What is in force with it; null where it is not, and the request is answered.</returns>
    public static async Task<CatalogOutcome.Done?> Change(this ProjectCatalog catalog, HttpContext context, Func<CatalogEntries, CatalogStep> change, CancellationToken cancellation, bool isDryRun = false)
    {
        var outcome = await catalog.Change(change, cancellation, isDryRun).ConfigureAwait(false);
        if (outcome is CatalogOutcome.Done done)
        {
            return done;
        }

        await Refuse(context, outcome).ConfigureAwait(false);
        return null;
    }

    /// <summary>Says that nothing has a name; one that nothing can have is not repeated.</summary>
    public static string NoSuch(string kind, string name) => $"There is no {kind} {(PathName.TryParse(name, out _, out _) ? name : "of that name")}.";

    /// <summary>Names every faulty field at once.</summary>
    public static Task Write(HttpContext context, IEnumerable<ConfigurationFault> faults) => Write(context, StatusCodes.Status400BadRequest, faults);

    private static Task Write(HttpContext context, int status, IEnumerable<ConfigurationFault> faults) => ApiErrorResult.Write(
        context, status, faults.Select(fault => fault.Key == ConfigurationFault.WholeFile ? ($"The body {fault.Message}", null) : ($"{fault.Key}: {fault.Message}", (string?)fault.Key)));

    private static Task Refuse(HttpContext context, CatalogOutcome outcome) => outcome switch
    {
        CatalogOutcome.Invalid(var faults) => Write(context, faults),
        CatalogOutcome.Missing(var message) => ApiErrorResult.Write(context, StatusCodes.Status404NotFound, message),
        CatalogOutcome.Taken(var message) => ApiErrorResult.Write(context, StatusCodes.Status409Conflict, message),
        CatalogOutcome.InUse(var message) => ApiErrorResult.Write(context, StatusCodes.Status412PreconditionFailed, message),
        CatalogOutcome.Conflict(var faults, var isInUse) => Write(context, isInUse ? StatusCodes.Status412PreconditionFailed : StatusCodes.Status409Conflict, faults),
        CatalogOutcome.Unkept(var message) => ApiErrorResult.Write(context, StatusCodes.Status503ServiceUnavailable, $"The change is not kept: the key of the secrets cannot be had: {message}."),
        _ => throw new InvalidOperationException("Unknown outcome."),
    };
}
