using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>Reads a value of an option; a fault continues a sentence that begins with it.</summary>
internal delegate bool ParseWords<T>(string text, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? fault);

/// <summary>The options that say how something at the server is to be. What is not given stays as it is.</summary>
/// <typeparam name="T">All of it, as the API takes it; null stands for the server's default.</typeparam>
internal sealed class SpecOptions<T> where T : class
{
    private readonly List<Setting> _settings = [];

    private readonly Option<string[]> _unset = new("--unset")
    {
        Description = "Put an option back to its default, named without dashes; may be given several times",
        HelpName = "OPTION",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <param name="hasDefault">False: it cannot be unset.</param>
    public SpecOptions<T> Text(string name, string help, string description, Func<T, string?, T> with, bool hasDefault = true)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = help };
        return Add(option, (parse, spec, _) => Task.FromResult(with(spec, parse.GetValue(option))), hasDefault ? spec => with(spec, null) : null);
    }

    public SpecOptions<T> Flag(string name, string description, Func<T, bool?, T> with)
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong("true", "false");
        return Add(option, (parse, spec, _) => Task.FromResult(with(spec, parse.GetValue(option) == "true")), spec => with(spec, null));
    }

    public SpecOptions<T> Number(string name, string description, Func<T, int?, T> with)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N", CustomParser = result => ParseNumber(name, result) };
        return Add(option, (parse, spec, _) => Task.FromResult(with(spec, parse.GetValue(option))), spec => with(spec, null));
    }

    public SpecOptions<T> Many(string name, string help, string description, Func<T, IReadOnlyList<string>?, T> with)
    {
        var option = new Option<string[]>(name) { Description = description + "; may be given several times", HelpName = help, Arity = ArgumentArity.ZeroOrMore };
        return Add(option, (parse, spec, _) => Task.FromResult(with(spec, parse.GetValue(option))), spec => with(spec, null));
    }

    /// <summary>As <see cref="Many(string, string, string, Func{T, IReadOnlyList{string}, T})"/>, of values that are put together of parts.</summary>
    public SpecOptions<T> Many<TValue>(string name, string help, string description, ParseWords<TValue> parse, Func<T, IReadOnlyList<TValue>?, T> with)
    {
        var option = new Option<TValue[]>(name)
        {
            Description = description + "; may be given several times",
            HelpName = help,
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = result => Parse(name, result, parse),
        };
        return Add(option, (parsed, spec, _) => Task.FromResult(with(spec, parsed.GetValue(option))), spec => with(spec, null));
    }

    /// <summary>Text that is long enough to have a file.</summary>
    /// <param name="hasDefault">False: it cannot be unset.</param>
    public SpecOptions<T> File(string name, string description, Func<T, string?, T> with, bool hasDefault = true)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "FILE" };
        return Add(option, async (parse, spec, cancellation) => with(spec, await PlanSource.Read(name, parse.GetValue(option)!, cancellation).ConfigureAwait(false)), hasDefault ? spec => with(spec, null) : null);
    }

    /// <summary>A secret of one line. It goes with what it is for, and is not taken back alone.</summary>
    public SpecOptions<T> Secret(string name, string description, Func<T, string?, T> with)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "FILE" };
        return Add(option, async (parse, spec, cancellation) => with(spec, await SecretFile.Read(name, parse.GetValue(option)!, parse.InvocationConfiguration.Error, cancellation).ConfigureAwait(false)), null);
    }

    /// <summary>To be called last.</summary>
    public void AddTo(Command command)
    {
        _settings.ForEach(setting => command.Options.Add(setting.Option));
        _unset.AcceptOnlyFromAmong([.. _settings.Where(setting => setting.Unset is not null).Select(setting => setting.Word)]);
        command.Options.Add(_unset);
        command.Validators.Add(result =>
        {
            // By its words: a value that has a fault of its own cannot be had.
            var unset = result.GetResult(_unset)?.Tokens.Select(token => token.Value).ToList() ?? [];
            foreach (var setting in _settings.Where(setting => setting.Unset is not null && IsGiven(result.GetResult(setting.Option)) && unset.Contains(setting.Word)))
            {
                result.AddError($"{setting.Option.Name} is given, and --unset {setting.Word} too.");
            }
        });
    }

    /// <summary>The option that gives a key of the API's, as <c>fallbackUrls</c>, or a place in it, as <c>fallbackUrls[1]</c>; null: none does.</summary>
    public string? OptionOf(string key)
    {
        var word = string.Concat(key.TakeWhile(char.IsAsciiLetter).Select(letter => char.IsAsciiLetterUpper(letter) ? $"-{char.ToLowerInvariant(letter)}" : letter.ToString()));
        string[] words = [word, word.TrimEnd('s'), $"{word}-file", word == "ca-certificate" ? "ca" : word];
        return words.SelectMany(name => new[] { $"--{name}", $"--upstream-{name}" }).FirstOrDefault(name => _settings.Exists(setting => setting.Option.Name == name));
    }

    public bool AnyGiven(ParseResult parse) => IsGiven(parse.GetResult(_unset)) || _settings.Exists(setting => IsGiven(parse.GetResult(setting.Option)));

    /// <summary>What it becomes.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public async Task<T> Apply(ParseResult parse, T spec, CancellationToken cancellation)
    {
        var unset = parse.GetValue(_unset) ?? [];
        foreach (var setting in _settings)
        {
            spec = IsGiven(parse.GetResult(setting.Option)) ? await setting.Give(parse, spec, cancellation).ConfigureAwait(false)
                : unset.Contains(setting.Word) ? setting.Unset!(spec)
                : spec;
        }

        return spec;
    }

    private static bool IsGiven(OptionResult? result) => result is { Implicit: false };

    private static TValue[] Parse<TValue>(string name, ArgumentResult result, ParseWords<TValue> parse)
    {
        var values = new List<TValue>();
        foreach (var token in result.Tokens)
        {
            if (parse(token.Value, out var value, out var fault))
            {
                values.Add(value);
            }
            else
            {
                result.AddError($"{name} {Printable.Line(token.Value)} {fault}.");
            }
        }

        return [.. values];
    }

    private static int? ParseNumber(string name, ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        result.AddError($"{name} must be a whole number, 0 or more.");
        return null;
    }

    private SpecOptions<T> Add(Option option, Func<ParseResult, T, CancellationToken, Task<T>> give, Func<T, T>? unset)
    {
        _settings.Add(new Setting(option, give, unset));
        return this;
    }

    /// <param name="Unset">Null: it has no default to be put back to.</param>
    private sealed record Setting(Option Option, Func<ParseResult, T, CancellationToken, Task<T>> Give, Func<T, T>? Unset)
    {
        public string Word => Option.Name.TrimStart('-');
    }
}
