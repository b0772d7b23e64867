using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Roadstead.Fuzz.Runs;

/// <summary>How long a property is tried.</summary>
public enum Length
{
    /// <summary>Some thousand cases, in every test run.</summary>
    Brief,

    /// <summary>As long as FUZZ_SECONDS says, in the long run.</summary>
    Lasting,
}

/// <summary>Makes two tests of a property: a brief one, and one with the trait that only the long run takes.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FuzzAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) => new([
        new TheoryDataRow<Length>(Length.Brief),
        new TheoryDataRow<Length>(Length.Lasting).WithTrait("Length", "Long"),
    ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
