package s_infra;

import java.io.EOFException;
import java.io.IOException;
import org.apache.hadoop.fs.FSInputStream;

/** Reads an object by ranges: small ones after a jump, larger ones while the reader goes straight on. */
public class S3InputStream extends FSInputStream {
    private static final int SMALLEST = 256 << 10;
    private static final int LARGEST = 8 << 20;

    private final S3Client client;
    private final String key;
    private final long size;
    private long position = 0;
    private long start = 0;
    private byte[] held = new byte[0];
    private int next = SMALLEST;

    public S3InputStream(S3Client client, String key, long size) {
        this.client = client;
        this.key = key;
        this.size = size;
    }

    public synchronized int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 255;
    }

    public synchronized int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position >= size) {
            return -1;
        }
        if (position < start || position >= start + held.length) {
            fill();
        }
        int from = (int) (position - start);
        int count = Math.min(length, held.length - from);
        System.arraycopy(held, from, buffer, offset, count);
        position += count;
        return count;
    }

    private void fill() throws IOException {
        next = position == start + held.length ? Math.min(next * 2, LARGEST) : SMALLEST;
        held = client.get(key, position, Math.min(position + next, size) - 1);
        start = position;
    }

    public synchronized void seek(long to) throws IOException {
        if (to < 0 || to > size) {
            throw new EOFException("no byte " + to + " in an object of " + size);
        }
        position = to;
    }

    public synchronized long getPos() {
        return position;
    }

    public boolean seekToNewSource(long to) {
        return false;
    }

    public synchronized int available() {
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, start + held.length - position));
    }
}
