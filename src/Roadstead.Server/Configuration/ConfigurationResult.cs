namespace Roadstead.Server.Configuration;

/// <summary>What became of the configuration: usable as a whole, or every fault of it.</summary>
public abstract record ConfigurationResult
{
    private ConfigurationResult()
    {
    }

    /// <param name="Options">Complete and checked.</param>
    /// <param name="Warnings">One line each, beginning with the key.</param>
    public sealed record Valid(RoadsteadOptions Options, IReadOnlyList<string> Warnings) : ConfigurationResult;

    public sealed record Invalid(IReadOnlyList<ConfigurationFault> Faults) : ConfigurationResult;
}

/// <param name="Key">Path of the key, as <c>endpoints[1].url</c>; the variable's name if it names no key.</param>
/// <param name="Message">One sentence; never holds the value of a secret.</param>
/// <param name="Line">Line of the file, from 1; of the enclosing key where the key itself is missing.</param>
/// <param name="Variable">The environment variable that the value came from.</param>
public sealed record ConfigurationFault(string Key, string Message, int? Line = null, string? Variable = null)
{
    /// <summary>Stands for the key where a fault concerns the file as a whole.</summary>
    public const string WholeFile = "(file)";
}
