using System.Diagnostics.CodeAnalysis;

namespace Roadstead.Server.Configuration;

internal delegate bool ParseValue<T>(string text, out T? result, out string? fault);

/// <summary>
/// Gives the values of keys their types. A value that cannot be read is reported and replaced by its default, so that
/// reading goes on to the next fault; options made after a fault are never used.
/// </summary>
/// <param name="faults">Receives what is wrong.</param>
/// <param name="inline">What the configuration file names by a path stands in the value itself: for what comes by the API, which must not have the server read its files.</param>
internal sealed class ConfigurationReader(ConfigurationFaults faults, bool inline = false)
{
    /// <summary>What Harbor's API shows in the place of a secret.</summary>
    public const string HiddenSecret = "*****";

    /// <summary>True for what came by the API.</summary>
    public bool IsInline => inline;

    public ConfigurationFaults Faults => faults;

    /// <summary>An empty section where there is none, or none that can be read.</summary>
    public static MapNode Section(MapNode map, string key) =>
        map.Child(key) as MapNode ?? MapNode.Empty(ConfigurationNode.ChildPath(map.Path, key));

    public static IReadOnlyList<ConfigurationNode> Items(MapNode map, string key) => (map.Child(key) as ListNode)?.Items ?? [];

    public string? Text(MapNode map, string key) => map.Child(key) is ScalarNode scalar ? Text(scalar) : null;

    public T? Value<T>(MapNode map, string key, ParseValue<T> parse, T? fallback = default) =>
        map.Child(key) is ScalarNode scalar && TryValue(scalar, parse, out var value) ? value : fallback;

    /// <summary>As <see cref="Value"/>; a key that is not set is a fault.</summary>
    public T? Required<T>(MapNode map, string key, ParseValue<T> parse)
    {
        if (map.Child(key) is null)
        {
            faults.Add(ConfigurationNode.ChildPath(map.Path, key), "is missing");
        }

        return Value(map, key, parse);
    }

    public IReadOnlyList<T> Values<T>(MapNode map, string key, ParseValue<T> parse)
        where T : class
    {
        var values = new List<T>();
        foreach (var item in Items(map, key).OfType<ScalarNode>())
        {
            if (TryValue(item, parse, out var value) && value is not null)
            {
                values.Add(value);
            }
        }

        return values;
    }

    public bool Flag(MapNode map, string key, bool fallback) => Value(map, key, TryParseFlag, fallback);

    /// <summary>A key that may also be given as a file: <c>x</c> or <c>xFile</c>. No fault shows either's value.</summary>
    public string? Secret(MapNode map, string key)
    {
        var fileKey = $"{key}File";
        if (map.Child(key) is not null && map.Child(fileKey) is not null)
        {
            faults.Add(ConfigurationNode.ChildPath(map.Path, fileKey), $"is given beside {key}; keep one");
            return null;
        }

        // A password written under xFile by mistake must not show either: the path is left out.
        return map.Child(key) is ScalarNode scalar ? Text(scalar, secret: true) : SecretFile(map, fileKey);
    }

    /// <summary>A password for HTTP's Basic authentication, in place or in a file (RFC 7617, section 2: without control characters).</summary>
    public string? Password(MapNode map, string key)
    {
        var password = Secret(map, key);
        if (password?.Any(letter => letter is < ' ' or '\u007f') == true)
        {
            faults.Add(ConfigurationNode.ChildPath(map.Path, map.Child(key) is null ? $"{key}File" : key), "has a line break or another control character, which no login takes");
        }
        else if (inline && password == HiddenSecret)
        {
            faults.Add(ConfigurationNode.ChildPath(map.Path, key), $"is {HiddenSecret}, which Harbor's API shows in the place of a secret; leave the key out, and the saved one is used on");
        }

        return password;
    }

    /// <summary>The one line, or the text, of a file that others cannot read.</summary>
    public string? SecretFile(MapNode map, string key)
    {
        if (Text(map, key) is not { } path)
        {
            return null;
        }

        if (!ConfigurationFiles.TryRead(path, out var text, out var fault))
        {
            faults.Add(ConfigurationNode.ChildPath(map.Path, key), $"names a file that {fault}");
            return null;
        }

        var secret = text.TrimEnd('\r', '\n');
        if (secret.Length == 0)
        {
            faults.Add(ConfigurationNode.ChildPath(map.Path, key), "names a file that is empty");
        }
        else if (PrivateFile.ModeFault(path) is { } open)
        {
            faults.Add(ConfigurationNode.ChildPath(map.Path, key), $"names a file that {open}");
        }

        return secret;
    }

    /// <summary>PEM text: of the file that the key names, or that it holds itself. No fault shows any of it.</summary>
    /// <param name="map">Where the key is.</param>
    /// <param name="key">The key.</param>
    /// <param name="faultOf">What is wrong with the text, continuing a sentence that begins with it; null if nothing is.</param>
    public string? Pem(MapNode map, string key, Func<string, string?> faultOf)
    {
        var path = ConfigurationNode.ChildPath(map.Path, key);
        if (inline)
        {
            if (map.Child(key) is not ScalarNode scalar || Text(scalar, secret: true) is not { } given)
            {
                return null;
            }

            if (faultOf(given) is { } wrong)
            {
                faults.Add(path, wrong);
            }

            return given;
        }

        if (Text(map, key) is not { } file)
        {
            return null;
        }

        var fault = ConfigurationFiles.TryRead(file, out var text, out var unreadable) ? faultOf(text) : unreadable;
        if (fault is not null)
        {
            faults.Add(path, $"the file {file} {fault}");
        }

        return text;
    }

    private bool TryValue<T>(ScalarNode scalar, ParseValue<T> parse, out T? value)
    {
        value = default;
        if (Text(scalar) is not { } text)
        {
            return false;
        }

        if (parse(text, out value, out var fault))
        {
            return true;
        }

        faults.Add(scalar.Path, fault ?? "cannot be read");
        return false;
    }

    private string? Text(ScalarNode scalar, bool secret = false)
    {
        var fault = scalar.Text switch
        {
            null or "" => "is empty",
            var text when !secret && text.Any(char.IsControl) => "has a control character",
            _ => null,
        };
        if (fault is null)
        {
            return scalar.Text;
        }

        faults.Add(scalar.Path, fault);
        return null;
    }

    private static bool TryParseFlag(string text, out bool result, [NotNullWhen(false)] out string? fault)
    {
        result = text.Equals("true", StringComparison.OrdinalIgnoreCase);
        fault = result || text.Equals("false", StringComparison.OrdinalIgnoreCase) ? null : "must be true or false";
        return fault is null;
    }
}
