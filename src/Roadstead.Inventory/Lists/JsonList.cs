using System.Globalization;
using System.Text.Json;
using Roadstead.Inventory.Kubernetes;

namespace Roadstead.Inventory.Lists;

/// <summary>What <c>kubectl get … -o json</c> prints: a list, one object, or several of them one after the other; or a bare array of objects or of names. One object after the other is looked at, never all of it.</summary>
/// <param name="buffer">What is read.</param>
/// <param name="builder">Gets what is found.</param>
/// <param name="withRelated">Count what operators are told to use by variables.</param>
/// <param name="notes">Are told what is passed over.</param>
internal sealed class JsonList(InputBuffer buffer, InventoryBuilder builder, bool withRelated, List<string> notes)
{
    private const string ListSuffix = "List";

    private readonly long _linesBefore = buffer.Lines;
    private readonly SortedDictionary<string, int> _others = new(StringComparer.Ordinal);
    private JsonReaderState _state = new(new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 256 });
    private Place _place = Place.Top;
    private Member _member;
    private KubernetesObject _root = new();
    private bool _hasItems;
    private bool _hasAny;

    private enum Place
    {
        Top,

        /// <summary>Among the members of an object that stands at the top.</summary>
        Root,

        /// <summary>Among the items of a list.</summary>
        Items,

        /// <summary>In an array that stands at the top.</summary>
        Array,
    }

    /// <summary>Of an object that stands at the top, what counts.</summary>
    private enum Member
    {
        Other,
        Items,
        Kind,
        Metadata,
        Spec,
        Status,
    }

    /// <returns>What is wrong with it as a whole; null: nothing is.</returns>
    public async Task<string?> Read(CancellationToken cancellation)
    {
        try
        {
            while (!Step())
            {
                // Twice as much as was not enough, so that a long object is not looked at again for every piece of it.
                var wanted = Math.Min(2 * buffer.Length, InputBuffer.MostLength);
                do
                {
                    if (!await buffer.Fill(cancellation).ConfigureAwait(false) && buffer.IsFull)
                    {
                        return string.Create(CultureInfo.InvariantCulture, $"line {buffer.Lines + 1}: an object is longer than {InputBuffer.MostLength >> 20} MiB, which no cluster lets it be.");
                    }
                }
                while (buffer.Length < wanted && !buffer.IsAtEnd);
            }
        }
        catch (JsonException exception)
        {
            return string.Create(CultureInfo.InvariantCulture, $"line {_linesBefore + exception.LineNumber + 1}: it is no JSON, or ends before its end.");
        }

        if (_others.Count > 0)
        {
            notes.Add($"It has objects that are no workloads, which were passed over: {string.Join(", ", _others.Select(other => string.Create(CultureInfo.InvariantCulture, $"{other.Value} {other.Key}")))}.");
        }

        return _hasAny ? null : "There is not one object of a cluster in it, and no image.";
    }

    /// <summary>Goes on as far as what was read goes.</summary>
    /// <returns>True at the end; false: more must be read.</returns>
    private bool Step()
    {
        var reader = new Utf8JsonReader(buffer.Span, buffer.IsAtEnd, _state);
        while (true)
        {
            var (state, consumed) = (reader.CurrentState, (int)reader.BytesConsumed);
            if (!reader.Read() || !Token(ref reader))
            {
                var isOver = buffer.IsAtEnd;
                buffer.Advance(consumed);
                _state = state;
                return isOver;
            }
        }
    }

    /// <returns>False: the value does not end in what was read.</returns>
    private bool Token(ref Utf8JsonReader reader)
    {
        switch (_place, reader.TokenType)
        {
            case (Place.Top, JsonTokenType.StartObject):
                (_place, _root, _hasItems) = (Place.Root, new KubernetesObject(), false);
                return true;
            case (Place.Top, JsonTokenType.StartArray):
                (_place, _root) = (Place.Array, new KubernetesObject());
                return true;
            case (Place.Root, JsonTokenType.PropertyName):
                // Others may be no text at all, which only their reading tells.
                _member = reader.ValueSpan.SequenceEqual("items"u8) ? Member.Items
                    : reader.ValueSpan.SequenceEqual("kind"u8) ? Member.Kind
                    : reader.ValueSpan.SequenceEqual("metadata"u8) ? Member.Metadata
                    : reader.ValueSpan.SequenceEqual("spec"u8) ? Member.Spec
                    : reader.ValueSpan.SequenceEqual("status"u8) ? Member.Status
                    : Member.Other;
                return true;
            case (Place.Root, JsonTokenType.StartArray) when _member == Member.Items:
                (_place, _hasItems) = (Place.Items, true);
                return true;
            case (Place.Root, JsonTokenType.EndObject):
                _place = Place.Top;
                if (!_hasItems)
                {
                    Add(_root);
                }

                return true;
            case (Place.Items, JsonTokenType.EndArray):
                _place = Place.Root;
                return true;
            case (Place.Array, JsonTokenType.EndArray):
                _place = Place.Top;
                return true;
            default:
                return Value(ref reader);
        }
    }

    private bool Value(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        if (!reader.TrySkip())
        {
            return false;
        }

        var json = buffer.Span[start..(int)reader.BytesConsumed];
        try
        {
            if (_place == Place.Root)
            {
                _root = _member switch
                {
                    Member.Kind => _root with { Kind = JsonSerializer.Deserialize(json, KubernetesJson.Default.String) },
                    Member.Metadata => _root with { Metadata = JsonSerializer.Deserialize(json, KubernetesJson.Default.ObjectMetadata) },

                    // A kind that is not known yet comes before its specification in what programs print.
                    Member.Spec when IsOfWorkload(_root.Kind) => _root with { Spec = JsonSerializer.Deserialize(json, KubernetesJson.Default.WorkloadSpec) },
                    Member.Status when IsOfWorkload(_root.Kind) => _root with { Status = JsonSerializer.Deserialize(json, KubernetesJson.Default.WorkloadStatus) },
                    _ => _root,
                };
            }
            else if (reader.TokenType == JsonTokenType.String)
            {
                Name(JsonSerializer.Deserialize(json, KubernetesJson.Default.String)!);
            }
            else if (IsOfWorkload(KindOf(json)))
            {
                Add(JsonSerializer.Deserialize(json, KubernetesJson.Default.KubernetesObject)!);
            }
            else
            {
                Add(new KubernetesObject { Kind = KindOf(json) });
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The framework finds only when it reads a text that it is none, and then says that the operation is invalid.
            builder.Malformed(System.Text.Encoding.UTF8.GetString(json[..Math.Min(json.Length, InventoryBuilder.MaxMalformedText)]), "stands where an object of a cluster should, and cannot be read as one", Here(start));
        }

        return true;
    }

    private void Name(string image)
    {
        _hasAny = true;
        builder.Add(image, null);
    }

    private void Add(KubernetesObject item)
    {
        _hasAny = true;
        var kind = item.Kind ?? RootKind ?? "of no kind";
        if (IsOfWorkload(kind))
        {
            ObjectImages.Of(item, kind, withRelated).AddTo(builder);
        }
        else
        {
            _others[kind] = _others.GetValueOrDefault(kind) + 1;
        }
    }

    /// <summary>Of items that do not say it: what the list is one of.</summary>
    private string? RootKind => _root.Kind?.EndsWith(ListSuffix, StringComparison.Ordinal) == true && _root.Kind.Length > ListSuffix.Length ? _root.Kind[..^ListSuffix.Length] : null;

    /// <summary>The kind that an object says it is of; else that of its list.</summary>
    private string? KindOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
            {
                var isKind = reader.ValueTextEquals("kind"u8);
                reader.Read();
                if (isKind)
                {
                    return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }

                reader.Skip();
            }
        }

        return RootKind;
    }

    private string Here(int start) => string.Create(CultureInfo.InvariantCulture, $"line {buffer.Lines + buffer.Span[..start].Count((byte)'\n') + 1}");

    private static bool IsOfWorkload(string? kind) => kind is not null && WorkloadKind.All.Any(known => known.Kind == kind);
}
