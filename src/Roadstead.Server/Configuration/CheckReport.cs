namespace Roadstead.Server.Configuration;

/// <summary>Prints what <c>--check</c> found, one line a fault.</summary>
public static class CheckReport
{
    /// <returns>The exit code: 0 for a valid configuration, 1 for any other.</returns>
    public static int Write(ConfigurationResult result, TextWriter output)
    {
        switch (result)
        {
            case ConfigurationResult.Valid valid:
                output.WriteLine("configuration is valid");
                foreach (var warning in valid.Warnings)
                {
                    output.WriteLine(OneLine($"warning: {warning}"));
                }

                return 0;
            case ConfigurationResult.Invalid invalid:
                foreach (var fault in invalid.Faults)
                {
                    output.WriteLine(OneLine($"{fault.Key}: {fault.Message}{Place(fault)}"));
                }

                output.WriteLine(invalid.Faults.Count == 1 ? "1 fault" : $"{invalid.Faults.Count} faults");
                return 1;
            default:
                throw new ArgumentOutOfRangeException(nameof(result));
        }
    }

    private static string Place(ConfigurationFault fault) => fault switch
    {
        { Variable: { } variable } when variable == fault.Key => "",
        { Variable: { } variable } => $" ({variable})",
        { Line: { } line } => $" (file line {line})",
        _ => "",
    };

    /// <summary>A key may hold a line break or a terminal's escape code; a fault is one line all the same.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
