namespace Roadstead.Server.Configuration;

/// <summary>Which keys there are and whether each holds a single value, a list or more keys.</summary>
internal abstract record ConfigurationShape
{
    private ConfigurationShape()
    {
    }

    /// <param name="Expected">What to write instead of a list or a mapping.</param>
    internal sealed record Scalar(string Expected = "a single value") : ConfigurationShape;

    /// <summary>With <c>OrOne</c> a single value stands for a list of one.</summary>
    internal sealed record List(ConfigurationShape Item, bool OrOne = false) : ConfigurationShape;

    /// <summary><c>Word</c> is a single word that may stand in place of the keys; <c>OrValue</c> says which single values may.</summary>
    internal sealed record Map(IReadOnlyDictionary<string, ConfigurationShape> Keys, string? Word = null, string? OrValue = null) : ConfigurationShape;

    /// <summary>A key that is part of the interface and not of this release: whatever it holds is a fault.</summary>
    internal sealed record NotYet(string Message) : ConfigurationShape;
}
