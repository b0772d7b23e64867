namespace Roadstead.Cli.NodeFormats;

/// <summary>What a table of TOML says, whatever form it is written in. A value other than a string stands as it is written.</summary>
internal static class TomlData
{
    public static FileData Of(TomlTable table) => new FileData.Map(table.Items.ToDictionary(item => item.Key, Of, StringComparer.Ordinal));

    private static FileData Of(TomlItem item) => item switch
    {
        { Tables: { } tables } => new FileData.List([.. tables.Select(Of)]),
        { Table: { } table } => Of(table),
        _ => new FileData.Word(item.String ?? item.Raw),
    };
}
