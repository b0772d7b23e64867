namespace Roadstead.Server.Configuration;

/// <summary>Reads the file, lays the environment over it and checks the whole; gathers every fault in one run.</summary>
public static class ConfigurationLoader
{
    /// <param name="path">The YAML file; null: the environment and defaults alone.</param>
    /// <param name="environment">All variables; only those that begin with ROADSTEAD_ are looked at.</param>
    public static ConfigurationResult Load(string? path, IReadOnlyDictionary<string, string> environment)
    {
        var faults = new ConfigurationFaults();
        var file = path is null ? MapNode.Empty("") : ReadFile(path, faults);
        var variables = EnvironmentVariables.Read(environment, faults);
        if (file is not null && new EnvironmentOverlay(faults).Lay(file, variables) is MapNode root)
        {
            faults.Locate(root);
            var options = RoadsteadOptionsReader.Read(root, faults);
            new RoadsteadOptionsValidator(options, faults).Check();
            if (!faults.Any)
            {
                return new ConfigurationResult.Valid(options, faults.Warnings);
            }
        }

        return new ConfigurationResult.Invalid(faults.InOrder());
    }

    /// <summary>Null where the file says nothing that could be read on: whatever else might be missing is in it.</summary>
    private static MapNode? ReadFile(string path, ConfigurationFaults faults)
    {
        if (!ConfigurationFiles.TryRead(path, out var text, out var fault))
        {
            faults.Add("--config", $"the file {path} {fault}");
            return null;
        }

        return new YamlTree(faults).Read(text, "") switch
        {
            null => null,
            ScalarNode { Text: null } => MapNode.Empty(""),
            var root => new ShapeCheck(faults).Apply(root, ConfigurationSchema.Root) as MapNode,
        };
    }
}
