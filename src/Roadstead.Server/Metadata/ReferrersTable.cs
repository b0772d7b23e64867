using System.Data.Common;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>What referred to a manifest when upstream was last asked.</summary>
/// <param name="Index">An image index of descriptors.</param>
/// <param name="CheckedAt">When upstream last said so.</param>
internal sealed record ReferrersRow(byte[] Index, DateTimeOffset CheckedAt);

internal static class ReferrersTable
{
    public static ReferrersRow? Find(DbConnection connection, long repository, Digest subject) => connection.Query(
        "SELECT descriptors, checked_at FROM referrers WHERE repository = @repository AND subject = @subject",
        row => new ReferrersRow(row.GetFieldValue<byte[]>(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))),
        ("@repository", repository), ("@subject", subject.ToString())).FirstOrDefault();

    public static void Set(DbConnection connection, long repository, Digest subject, ReferrersRow row) => connection.Execute(
        """
        INSERT INTO referrers (repository, subject, descriptors, checked_at) VALUES (@repository, @subject, @descriptors, @checkedAt)
        ON CONFLICT (repository, subject) DO UPDATE SET descriptors = excluded.descriptors, checked_at = excluded.checked_at
        """,
        ("@repository", repository), ("@subject", subject.ToString()), ("@descriptors", row.Index), ("@checkedAt", row.CheckedAt.ToUnixTimeMilliseconds()));
}
