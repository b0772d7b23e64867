using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roadstead.Server.Management;

/// <summary>JSON that is looked at before it is taken for anything.</summary>
[JsonSerializable(typeof(JsonDocument))]
internal sealed partial class ServerJson : JsonSerializerContext;
