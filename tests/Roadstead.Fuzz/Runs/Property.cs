using System.Globalization;

namespace Roadstead.Fuzz.Runs;

/// <summary>Tries a property on generated inputs. A failure tells the seed that repeats it and the smallest input that was found.</summary>
internal static class Property
{
    private const int BriefCases = 2500;

    private static readonly int Seconds =
        int.TryParse(Environment.GetEnvironmentVariable("FUZZ_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 60;

    /// <param name="length">How long.</param>
    /// <param name="inputs">What to try it on.</param>
    /// <param name="holds">Throws where the property does not hold; may run on several threads at once.</param>
    /// <param name="print">Shows an input; by its members where it is not given.</param>
    /// <param name="cases">How many in a brief run.</param>
    public static void ForAll<T>(Length length, Gen<T> inputs, Action<T> holds, Func<T, string>? print = null, int cases = BriefCases) =>
        inputs.Sample(holds, TestContext.Current.TestOutputHelper is { } output ? output.WriteLine : null, iter: cases, time: length == Length.Lasting ? Seconds : -1,
            print: print ?? (input => Escaped.Text(Check.Print(input))));

    /// <inheritdoc cref="ForAll{T}"/>
    public static void ForAll<T1, T2>(Length length, Gen<(T1, T2)> inputs, Action<T1, T2> holds) => ForAll(length, inputs, input => holds(input.Item1, input.Item2));

    /// <inheritdoc cref="ForAll{T}"/>
    public static void ForAll<T1, T2, T3>(Length length, Gen<(T1, T2, T3)> inputs, Action<T1, T2, T3> holds) =>
        ForAll(length, inputs, input => holds(input.Item1, input.Item2, input.Item3));

    /// <summary>As <see cref="ForAll{T}"/>; what fails is made shorter still, letter by letter.</summary>
    public static void ForText(Length length, Gen<string> inputs, Action<string> holds, int cases = BriefCases) =>
        ForList(length, inputs.Select(text => text.ToCharArray()), letters => holds(new string(letters)), letters => Escaped.Text(new string(letters)), 'a', cases);

    /// <inheritdoc cref="ForText"/>
    public static void ForBytes(Length length, Gen<byte[]> inputs, Action<byte[]> holds, int cases = BriefCases) =>
        ForList(length, inputs, holds, bytes => Escaped.Text(System.Text.Encoding.Latin1.GetString(bytes)), (byte)'a', cases);

    private static void ForList<T>(Length length, Gen<T[]> inputs, Action<T[]> holds, Func<T[], string> print, T plain, int cases)
    {
        var failing = new SmallestFailure<T>();
        try
        {
            ForAll(length, inputs, failing.Watch(holds), print, cases);
        }
        catch (CsCheckException exception) when (failing.Input is { } input)
        {
            var shortest = Shortest.Of(input, plain, shorter => SmallestFailure<T>.FaultOf(holds, shorter)?.GetType() == failing.Fault!.GetType());
            Assert.Fail($"""
                Shortest input, {shortest.Length} long: {print(shortest)}
                {SmallestFailure<T>.FaultOf(holds, shortest)}
                As it was generated: {exception.Message}
                """);
        }
    }
}
