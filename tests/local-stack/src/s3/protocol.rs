//! The operations as `s3s` calls them.
//!
//! Most go to `s3s-fs` unchanged; reads, listings, deletions and the three ways in which an object
//! comes to be pass through [`Store`]. What is not listed answers `NotImplemented`.

use std::sync::Arc;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
    CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, GetBucketLocationInput,
    GetBucketLocationOutput, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput,
    HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListObjectsInput,
    ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, PutObjectInput, PutObjectOutput,
    UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result};

use super::reading;
use super::store::Store;

/// The store, shared with the owner of the server.
#[derive(Clone, Debug)]
pub(super) struct Protocol(pub(super) Arc<Store>);

/// Implements the protocol: operations served unchanged, and operations that create an object.
macro_rules! operations {
    (
        unchanged { $($name:ident: $input:ty => $output:ty;)* }
        creating { $($create:ident: $create_input:ty => $create_output:ty, $action:literal;)* }
    ) => {
        #[async_trait::async_trait]
        impl S3 for Protocol {
            async fn get_object(
                &self,
                request: S3Request<GetObjectInput>,
            ) -> S3Result<S3Response<GetObjectOutput>> {
                self.0.read(request).await
            }

            async fn head_object(
                &self,
                request: S3Request<HeadObjectInput>,
            ) -> S3Result<S3Response<HeadObjectOutput>> {
                let HeadObjectInput { bucket, key, .. } = &request.input;
                if self.0.catalogue.is_made_up(bucket) {
                    let found = self.0.catalogue.made_up(bucket, key);
                    return reading::head(found).map(S3Response::new);
                }
                self.0.files.head_object(request).await
            }

            async fn head_bucket(
                &self,
                request: S3Request<HeadBucketInput>,
            ) -> S3Result<S3Response<HeadBucketOutput>> {
                if self.0.catalogue.is_made_up(&request.input.bucket) {
                    return Ok(S3Response::new(HeadBucketOutput::default()));
                }
                self.0.files.head_bucket(request).await
            }

            async fn list_objects_v2(
                &self,
                request: S3Request<ListObjectsV2Input>,
            ) -> S3Result<S3Response<ListObjectsV2Output>> {
                if let Some(error) = self.0.fault_of_listing(&request.input) {
                    return Err(error);
                }
                let input = request.input.clone();
                let bucket = HeadBucketInput { bucket: input.bucket.clone(), ..Default::default() };
                self.head_bucket(request.map_input(|_| bucket)).await?;
                self.0.catalogue.list(input).map(S3Response::new)
            }

            async fn list_objects(
                &self,
                request: S3Request<ListObjectsInput>,
            ) -> S3Result<S3Response<ListObjectsOutput>> {
                let marker = request.input.marker.clone();
                let listed = self.list_objects_v2(request.map_input(Into::into)).await?;
                Ok(listed.map_output(|page| first_version(page, marker)))
            }

            async fn delete_object(
                &self,
                request: S3Request<DeleteObjectInput>,
            ) -> S3Result<S3Response<DeleteObjectOutput>> {
                let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
                let answer = self.0.files.delete_object(request).await?;
                self.0.catalogue.remove(&bucket, &key);
                Ok(answer)
            }

            async fn delete_objects(
                &self,
                request: S3Request<DeleteObjectsInput>,
            ) -> S3Result<S3Response<DeleteObjectsOutput>> {
                let bucket = request.input.bucket.clone();
                let asked = request.input.delete.objects.iter();
                let keys: Vec<_> = asked.map(|object| object.key.clone()).collect();
                let answer = self.0.files.delete_objects(request).await?;
                for key in keys {
                    self.0.catalogue.remove(&bucket, &key);
                }
                Ok(answer)
            }

            $(async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.0.files.$name(request).await
            })*

            $(async fn $create(
                &self,
                request: S3Request<$create_input>,
            ) -> S3Result<S3Response<$create_output>> {
                let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
                let answer = self.0.write(self.0.files.$create(request)).await?;
                self.0.announce(&bucket, &key, $action).await?;
                Ok(answer)
            })*
        }
    };
}

operations! {
    unchanged {
        create_bucket: CreateBucketInput => CreateBucketOutput;
        get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput;
        list_buckets: ListBucketsInput => ListBucketsOutput;
        create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput;
        upload_part: UploadPartInput => UploadPartOutput;
        abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput;
    }
    creating {
        put_object: PutObjectInput => PutObjectOutput, "Put";
        copy_object: CopyObjectInput => CopyObjectOutput, "Copy";
        complete_multipart_upload:
            CompleteMultipartUploadInput => CompleteMultipartUploadOutput, "CompleteMultipartUpload";
    }
}

/// A page as the first version of the operation has it.
fn first_version(page: ListObjectsV2Output, marker: Option<String>) -> ListObjectsOutput {
    // Without a delimiter a client goes on with the last key, so any marker may be told.
    let last_key = page.contents.as_ref().and_then(|all| all.last()?.key.clone());
    let last_prefix = page.common_prefixes.as_ref().and_then(|all| all.last()?.prefix.clone());
    let next_marker = last_key.max(last_prefix).filter(|_| page.is_truncated == Some(true));
    ListObjectsOutput {
        contents: page.contents,
        common_prefixes: page.common_prefixes,
        delimiter: page.delimiter,
        encoding_type: page.encoding_type,
        name: page.name,
        prefix: page.prefix,
        marker,
        max_keys: page.max_keys,
        is_truncated: page.is_truncated,
        next_marker,
        ..Default::default()
    }
}
