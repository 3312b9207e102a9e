package s_infra;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * A bucket as Spark's file system, for s3://, s3a:// and s3n://.
 *
 * What tasks write before their commit lies in a local folder and goes to S3 when it is renamed to its place:
 * each object appears once, whole and under its own name, as with the S3-optimized committer of Glue.
 */
public class S3FileSystem extends FileSystem {
    private static final long BLOCK = 64L << 20;

    private URI uri;
    private Path working;
    private S3Client client;
    private File staging;
    private RawLocalFileSystem local;

    public void initialize(URI name, Configuration configuration) throws IOException {
        super.initialize(name, configuration);
        setConf(configuration);
        uri = URI.create(name.getScheme() + "://" + name.getAuthority());
        working = new Path(uri.toString() + "/");
        client = new S3Client(name.getAuthority());
        staging = new File(configuration.get("s_infra.staging"), name.getAuthority());
        local = new RawLocalFileSystem();
        local.initialize(URI.create("file:///"), configuration);
    }

    public URI getUri() {
        return uri;
    }

    public String getScheme() {
        return uri.getScheme();
    }

    public Path getWorkingDirectory() {
        return working;
    }

    public void setWorkingDirectory(Path path) {
        working = path;
    }

    public long getDefaultBlockSize() {
        return BLOCK;
    }

    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        if (isStaged(path)) {
            return local.open(staged(path), bufferSize);
        }
        FileStatus status = getFileStatus(path);
        if (status.isDirectory()) {
            throw new FileNotFoundException(path + " is a folder");
        }
        return new FSDataInputStream(new S3InputStream(client, key(path), status.getLen()));
    }

    public FSDataOutputStream create(Path path, FsPermission permission, boolean overwrite, int bufferSize,
            short replication, long blockSize, Progressable progress) throws IOException {
        if (isStaged(path)) {
            return local.create(staged(path), overwrite, bufferSize, replication, BLOCK, progress);
        }
        if (!overwrite && client.head(key(path)) != null) {
            throw new FileAlreadyExistsException(path.toString());
        }
        staging.mkdirs();
        File file = File.createTempFile("object", null, staging);
        return new FSDataOutputStream(new Upload(client, key(path), file), statistics);
    }

    public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) throws IOException {
        throw new UnsupportedOperationException("S3 can't append to an object: " + path);
    }

    public boolean rename(Path from, Path to) throws IOException {
        Path target = to;
        if (isStaged(from) && isStaged(to)) {
            local.mkdirs(staged(to).getParent());
            return local.rename(staged(from), staged(to));
        }
        try {
            if (getFileStatus(to).isDirectory()) {
                target = new Path(to, from.getName());
            }
        } catch (FileNotFoundException absent) {
            target = to;
        }
        if (isStaged(from)) {
            File source = new File(staged(from).toUri().getPath());
            if (!source.exists()) {
                return false;
            }
            upload(source, key(target));
            return local.delete(staged(from), true);
        }
        return move(key(from), key(target));
    }

    private void upload(File source, String key) throws IOException {
        if (source.isFile()) {
            client.put(key, source);
            return;
        }
        File[] inside = source.listFiles();
        for (int i = 0; i < inside.length; i++) {
            upload(inside[i], key + "/" + inside[i].getName());
        }
    }

    private boolean move(String from, String to) throws IOException {
        List keys = keysOf(from);
        for (Iterator i = keys.iterator(); i.hasNext();) {
            String one = (String) i.next();
            client.copy(one, to + one.substring(from.length()));
        }
        client.delete(keys);
        return !keys.isEmpty();
    }

    /** The object of that key and all below it as a folder. */
    private List keysOf(String key) throws IOException {
        List keys = new ArrayList();
        if (!key.isEmpty() && client.head(key) != null) {
            keys.add(key);
        }
        for (Iterator i = client.list(key.isEmpty() ? "" : key + "/", false, Integer.MAX_VALUE).iterator(); i.hasNext();) {
            keys.add(((Object[]) i.next())[0]);
        }
        return keys;
    }

    public boolean delete(Path path, boolean recursive) throws IOException {
        boolean there = local.delete(staged(path), true);
        if (isStaged(path)) {
            return there;
        }
        List keys = keysOf(key(path));
        if (!recursive && keys.size() > 1) {
            throw new IOException(path + " is not empty");
        }
        client.delete(keys);
        return there || !keys.isEmpty();
    }

    public boolean mkdirs(Path path, FsPermission permission) throws IOException {
        // A folder of S3 is there when something is in it.
        return !isStaged(path) || local.mkdirs(staged(path));
    }

    public FileStatus[] listStatus(Path path) throws IOException {
        List found = new ArrayList();
        if (isStaged(path)) {
            FileStatus[] inside = local.listStatus(staged(path));
            for (int i = 0; i < inside.length; i++) {
                FileStatus one = inside[i];
                found.add(status(new Path(path, one.getPath().getName()), one.getLen(), one.isDirectory(), one.getModificationTime()));
            }
            return (FileStatus[]) found.toArray(new FileStatus[0]);
        }
        String folder = key(path).isEmpty() ? "" : key(path) + "/";
        for (Iterator i = client.list(folder, true, Integer.MAX_VALUE).iterator(); i.hasNext();) {
            Object[] one = (Object[]) i.next();
            String name = ((String) one[0]).substring(folder.length());
            if (one.length == 1) {
                found.add(status(new Path(path, new Path(null, null, name)), 0, true, 0));
            } else if (!name.isEmpty()) {
                found.add(status(new Path(path, new Path(null, null, name)), ((Long) one[1]).longValue(), false, ((Long) one[2]).longValue()));
            }
        }
        if (found.isEmpty()) {
            FileStatus itself = getFileStatus(path);
            if (itself.isFile()) {
                found.add(itself);
            }
        }
        return (FileStatus[]) found.toArray(new FileStatus[0]);
    }

    public FileStatus getFileStatus(Path path) throws IOException {
        if (isStaged(path)) {
            FileStatus found = local.getFileStatus(staged(path));
            return status(path, found.getLen(), found.isDirectory(), found.getModificationTime());
        }
        String key = key(path);
        long[] found = key.isEmpty() ? null : client.head(key);
        if (found != null) {
            return status(path, found[0], false, found[1]);
        }
        if (client.list(key.isEmpty() ? "" : key + "/", true, 1).isEmpty() && !key.isEmpty()) {
            throw new FileNotFoundException("No such file or folder: " + path);
        }
        return status(path, 0, true, 0);
    }

    private FileStatus status(Path path, long size, boolean folder, long changed) {
        return new FileStatus(size, folder, 1, BLOCK, changed, makeQualified(path));
    }

    private static boolean isStaged(Path path) {
        for (Path one = path; one != null; one = one.getParent()) {
            if (one.getName().equals("_temporary") || one.getName().startsWith(".spark-staging-")) {
                return true;
            }
        }
        return false;
    }

    private Path staged(Path path) {
        return new Path(new Path(staging.toURI()), new Path(null, null, "./" + key(path)));
    }

    private String key(Path path) {
        return makeQualified(path).toUri().getPath().substring(1);
    }

    /** Writes to a local file, and to S3 when it is closed. */
    static class Upload extends FilterOutputStream {
        private final S3Client client;
        private final String key;
        private final File file;
        private boolean closed = false;

        Upload(S3Client client, String key, File file) throws IOException {
            super(new BufferedOutputStream(new FileOutputStream(file)));
            this.client = client;
            this.key = key;
            this.file = file;
        }

        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            out.close();
            try {
                client.put(key, file);
            } finally {
                file.delete();
            }
        }
    }
}
