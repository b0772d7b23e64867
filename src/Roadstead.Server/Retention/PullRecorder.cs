using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;

namespace Roadstead.Server.Retention;

/// <summary>Writes down which images were pulled and when, many at once.</summary>
internal sealed class PullRecorder(Database database, RecentPulls pulls)
{
    /// <exception cref="System.Data.Common.DbException">They cannot be written; the next call tries again.</exception>
    public async Task Write()
    {
        var unwritten = pulls.Unwritten();
        if (unwritten.Count > 0)
        {
            await database.Write(connection =>
            {
                foreach (var (manifest, at) in unwritten)
                {
                    ImageTable.Pulled(connection, manifest, at);
                }
            }).ConfigureAwait(false);
        }

        pulls.Written(unwritten, BlobDisposal.UsuallyUnderWay);
    }
}
