package s_infra;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The calls of S3 that a file system needs, at the endpoint that the environment names. */
public class S3Client {
    // More than this goes up in parts; each part is held in memory.
    private static final int PART_BYTES = 16 << 20;
    private static final int DELETED_AT_ONCE = 1000;

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String endpoint;
    private final String bucket;
    private final S3Signature signature;

    public S3Client(String bucket) {
        String given = System.getenv("AWS_ENDPOINT_URL_S3");
        this.endpoint = given != null ? given : System.getenv("AWS_ENDPOINT_URL");
        this.bucket = bucket;
        this.signature = new S3Signature(URI.create(endpoint).getAuthority(), System.getenv("AWS_REGION"));
    }

    /** Size in bytes and time of change in ms since 1970; null if there is no such object. */
    public long[] head(String key) throws IOException {
        HttpResponse response = send("HEAD", key, "", new TreeMap(), new byte[0]);
        if (response.statusCode() == 404) {
            return null;
        }
        check(response, key);
        long size = Long.parseLong((String) response.headers().firstValue("content-length").get());
        String changed = (String) response.headers().firstValue("last-modified").get();
        return new long[] {size, java.time.ZonedDateTime.parse(changed,
            java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME).toInstant().toEpochMilli()};
    }

    /** The bytes from `first` to `last`, both of them included. */
    public byte[] get(String key, long first, long last) throws IOException {
        TreeMap headers = new TreeMap();
        headers.put("range", "bytes=" + first + "-" + last);
        HttpResponse response = send("GET", key, "", headers, new byte[0]);
        check(response, key);
        return (byte[]) response.body();
    }

    public void put(String key, File file) throws IOException {
        InputStream content = new FileInputStream(file);
        try {
            if (file.length() <= PART_BYTES) {
                check(send("PUT", key, "", new TreeMap(), content.readAllBytes()), key);
            } else {
                putInParts(key, content);
            }
        } finally {
            content.close();
        }
    }

    private void putInParts(String key, InputStream content) throws IOException {
        String id = text(parsed(check(send("POST", key, "uploads=", new TreeMap(), new byte[0]), key)), "UploadId");
        String upload = "uploadId=" + S3Signature.encoded(id, false);
        try {
            StringBuilder parts = new StringBuilder("<CompleteMultipartUpload>");
            byte[] part = content.readNBytes(PART_BYTES);
            for (int number = 1; part.length > 0; number++) {
                HttpResponse answer = check(send("PUT", key, "partNumber=" + number + "&" + upload, new TreeMap(), part), key);
                String tag = (String) answer.headers().firstValue("etag").get();
                parts.append("<Part><PartNumber>" + number + "</PartNumber><ETag>" + tag + "</ETag></Part>");
                part = content.readNBytes(PART_BYTES);
            }
            byte[] body = bytes(parts.append("</CompleteMultipartUpload>").toString());
            check(send("POST", key, upload, new TreeMap(), body), key);
        } catch (IOException error) {
            send("DELETE", key, upload, new TreeMap(), new byte[0]);
            throw error;
        }
    }

    public void copy(String from, String to) throws IOException {
        TreeMap headers = new TreeMap();
        headers.put("x-amz-copy-source", "/" + bucket + "/" + S3Signature.encoded(from, true));
        check(send("PUT", to, "", headers, new byte[0]), from);
    }

    public void delete(List keys) throws IOException {
        for (int first = 0; first < keys.size(); first += DELETED_AT_ONCE) {
            StringBuilder body = new StringBuilder("<Delete><Quiet>true</Quiet>");
            for (Iterator i = keys.subList(first, Math.min(first + DELETED_AT_ONCE, keys.size())).iterator(); i.hasNext();) {
                body.append("<Object><Key>" + escaped((String) i.next()) + "</Key></Object>");
            }
            byte[] content = bytes(body.append("</Delete>").toString());
            TreeMap headers = new TreeMap();
            headers.put("content-md5", md5(content));
            HttpResponse response = check(send("POST", "", "delete=", headers, content), "");
            NodeList errors = parsed(response).getElementsByTagName("Error");
            if (errors.getLength() > 0) {
                Element one = (Element) errors.item(0);
                throw new IOException("s3://" + bucket + "/" + child(one, "Key") + ": " + child(one, "Message"));
            }
        }
    }

    /** What begins with `prefix`, at most `most` of it: objects as {key, size, ms}, and with `folders` prefixes as {key}. */
    public List list(String prefix, boolean folders, int most) throws IOException {
        List found = new ArrayList();
        String token = null;
        do {
            TreeMap query = new TreeMap();
            query.put("list-type", "2");
            query.put("prefix", prefix);
            query.put("max-keys", String.valueOf(Math.min(1000, most)));
            if (folders) {
                query.put("delimiter", "/");
            }
            if (token != null) {
                query.put("continuation-token", token);
            }
            Document page = parsed(check(send("GET", "", queryOf(query), new TreeMap(), new byte[0]), prefix));
            NodeList objects = page.getElementsByTagName("Contents");
            for (int i = 0; i < objects.getLength(); i++) {
                Element one = (Element) objects.item(i);
                long changed = java.time.Instant.parse(child(one, "LastModified")).toEpochMilli();
                found.add(new Object[] {child(one, "Key"), Long.valueOf(child(one, "Size")), Long.valueOf(changed)});
            }
            NodeList prefixes = page.getElementsByTagName("CommonPrefixes");
            for (int i = 0; i < prefixes.getLength(); i++) {
                found.add(new Object[] {child((Element) prefixes.item(i), "Prefix")});
            }
            token = text(page, "NextContinuationToken");
        } while (token != null && found.size() < most);
        return found;
    }

    private HttpResponse send(String method, String key, String query, Map given, byte[] body) throws IOException {
        String path = "/" + S3Signature.encoded(bucket, false) + (key.isEmpty() ? "" : "/" + S3Signature.encoded(key, true));
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(endpoint + path + (query.isEmpty() ? "" : "?" + query)));
        Map headers = signature.headers(method, path, query, given);
        for (Iterator i = headers.entrySet().iterator(); i.hasNext();) {
            Map.Entry header = (Map.Entry) i.next();
            request.header((String) header.getKey(), (String) header.getValue());
        }
        request.method(method, body.length == 0 ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(body));
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException(method + " s3://" + bucket + "/" + key);
        }
    }

    private HttpResponse check(HttpResponse response, String key) throws IOException {
        byte[] body = (byte[]) response.body();
        boolean failed = response.statusCode() >= 300;
        // S3 may answer a copy or the end of an upload with 200 and an error.
        if (!failed && (body.length > 4096 || new String(body, StandardCharsets.UTF_8).indexOf("<Error>") < 0)) {
            return response;
        }
        String where = "s3://" + bucket + "/" + key;
        if (body.length == 0) {
            throw new IOException(where + ": HTTP status " + response.statusCode());
        }
        Document error = parsed(response);
        String code = text(error, "Code");
        String told = where + ": " + text(error, "Message") + " (Status Code: " + response.statusCode() + "; Error Code: " + code + ")";
        if (response.statusCode() == 404) {
            throw new FileNotFoundException(told);
        }
        throw new IOException(told);
    }

    private static Document parsed(HttpResponse response) throws IOException {
        try {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(
                new ByteArrayInputStream((byte[]) response.body()));
        } catch (IOException error) {
            throw error;
        } catch (Exception error) {
            throw new IOException("S3 answered what is no XML", error);
        }
    }

    private static String text(Document document, String name) {
        NodeList found = document.getElementsByTagName(name);
        return found.getLength() == 0 ? null : found.item(0).getTextContent();
    }

    private static String child(Element element, String name) {
        return element.getElementsByTagName(name).item(0).getTextContent();
    }

    private static String queryOf(Map parameters) {
        StringBuilder query = new StringBuilder();
        for (Iterator i = parameters.entrySet().iterator(); i.hasNext();) {
            Map.Entry entry = (Map.Entry) i.next();
            query.append(query.length() == 0 ? "" : "&").append(entry.getKey()).append('=');
            query.append(S3Signature.encoded((String) entry.getValue(), false));
        }
        return query.toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String md5(byte[] content) throws IOException {
        try {
            return Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(content));
        } catch (GeneralSecurityException error) {
            throw new IOException(error);
        }
    }
}
