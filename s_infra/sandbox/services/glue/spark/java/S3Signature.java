package s_infra;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs requests (AWS Signature Version 4) with the credentials of the environment. */
public class S3Signature {
    private static final String UNRESERVED =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");

    private final String host;
    private final String region;

    public S3Signature(String host, String region) {
        this.host = host;
        this.region = region;
    }

    /** Returns the headers to send: those given, the date, and the signature over both. */
    public Map headers(String method, String path, String query, Map given) throws IOException {
        String stamp = ZonedDateTime.now(ZoneOffset.UTC).format(STAMP);
        TreeMap headers = new TreeMap(given);
        headers.put("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        headers.put("x-amz-date", stamp);
        String token = System.getenv("AWS_SESSION_TOKEN");
        if (token != null) {
            headers.put("x-amz-security-token", token);
        }
        TreeMap signed = new TreeMap(headers);
        signed.put("host", host);
        StringBuilder lines = new StringBuilder();
        StringBuilder names = new StringBuilder();
        for (Iterator i = signed.entrySet().iterator(); i.hasNext();) {
            Map.Entry entry = (Map.Entry) i.next();
            lines.append(entry.getKey()).append(':').append(entry.getValue()).append('\n');
            names.append(names.length() == 0 ? "" : ";").append(entry.getKey());
        }
        String request = method + "\n" + path + "\n" + query + "\n" + lines + "\n" + names + "\nUNSIGNED-PAYLOAD";
        String day = stamp.substring(0, 8);
        String scope = day + "/" + region + "/s3/aws4_request";
        headers.put("authorization", "AWS4-HMAC-SHA256 Credential=" + System.getenv("AWS_ACCESS_KEY_ID") + "/"
            + scope + ", SignedHeaders=" + names + ", Signature=" + signature(day, stamp, scope, request));
        return headers;
    }

    private String signature(String day, String stamp, String scope, String request) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes(request));
            byte[] key = bytes("AWS4" + System.getenv("AWS_SECRET_ACCESS_KEY"));
            String[] parts = {day, region, "s3", "aws4_request"};
            for (int i = 0; i < parts.length; i++) {
                key = hmac(key, parts[i]);
            }
            return hex(hmac(key, "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex(digest)));
        } catch (GeneralSecurityException error) {
            throw new IOException(error);
        }
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length; i++) {
            text.append(Character.forDigit((bytes[i] >> 4) & 15, 16)).append(Character.forDigit(bytes[i] & 15, 16));
        }
        return text.toString();
    }

    /** Returns a text as it stands in an address; a slash stays one where `slashes` says so. */
    public static String encoded(String text, boolean slashes) {
        StringBuilder encoded = new StringBuilder();
        byte[] all = bytes(text);
        for (int i = 0; i < all.length; i++) {
            char one = (char) (all[i] & 255);
            if (UNRESERVED.indexOf(one) >= 0 || (slashes && one == '/')) {
                encoded.append(one);
            } else {
                encoded.append('%').append(Character.toUpperCase(Character.forDigit((one >> 4) & 15, 16)));
                encoded.append(Character.toUpperCase(Character.forDigit(one & 15, 16)));
            }
        }
        return encoded.toString();
    }
}
